import Foundation

extension Section {
    static let assertion = Section(
        name: "assertion",
        keys: [
            Key(
                name: "encryption_keys", allowed: "a list of keys, each 32 bytes in base64",
                meaning: "what seals the signing keys in the database; the first seals, the others still open"),
            Key(name: "rotate", allowed: "a duration", meaning: "how long a signing key is used, 1h at least"),
            Key(
                name: "test", allowed: "true or false",
                meaning: "whether /.gatehouse/assertion-test hands out assertions that applications must refuse"),
        ], holdsSecrets: true)
}

/// Reads `assertion`.
struct AssertionReading {
    let diagnostics: Diagnostics
    let folder: String

    /// Nil: there is no such section, and nothing is signed.
    func read(_ node: Node?) -> AssertionSettings? {
        guard let node, let map = MapReader(node, .assertion, diagnostics, folder: folder) else { return nil }
        let fix = "add encryption_keys: [{file: PATH}]; openssl rand -base64 32 makes one"
        guard let list = map.require("encryption_keys", .assertion, fix: fix) else { return nil }
        guard case .list(let nodes) = list.content else {
            // What stands here may be a secret.
            diagnostics.error(list, "encryption_keys that are no list", allowed: "a list of keys", fix: fix)
            return nil
        }
        let keys = nodes.compactMap { key($0, map) }
        guard !nodes.isEmpty else {
            diagnostics.error(node, "assertion without a key", fix: fix)
            return nil
        }
        guard keys.count == nodes.count else { return nil }
        var settings = AssertionSettings(encryptionKeys: keys, location: node.location)
        if let rotation = map.duration("rotate"), let place = map["rotate"] {
            if rotation >= .seconds(3600) {
                settings.rotation = rotation
            } else {
                diagnostics.error(place, "less than an hour", allowed: "1h or more")
            }
        }
        if let servesTest = map.boolean("test") { settings.servesTest = servesTest }
        return settings
    }

    private func key(_ node: Node, _ map: MapReader) -> [UInt8]? {
        guard let text = map.secret(node) else { return nil }
        guard let bytes = Data(base64Encoded: text.trimmingCharacters(in: .whitespaces)), bytes.count == 32 else {
            // The text is a secret, however wrong.
            diagnostics.error(
                node, "a key that is not 32 bytes in base64", fix: "make one with openssl rand -base64 32")
            return nil
        }
        return Array(bytes)
    }
}
