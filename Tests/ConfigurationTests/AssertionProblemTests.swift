import Configuration
import Foundation
import Testing

private let key = Data(repeating: 7, count: 32).base64EncodedString()
private let other = Data(repeating: 8, count: 32).base64EncodedString()

@Suite struct `What is said of assertions` {
    @Test func `is read with its defaults`() throws {
        let settings = try #require(try snapshot(base + "assertion: {encryption_keys: [\"\(key)\"]}").assertion)
        #expect(settings.encryptionKeys == [[UInt8](repeating: 7, count: 32)])
        #expect(settings.rotation == .seconds(30 * 86_400) && !settings.servesTest)
        #expect(try snapshot(base).assertion == nil)
    }

    @Test func `names its keys in the order in which they count, from files too`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assertion-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("\(other)\n".utf8).write(to: folder.appending(path: "key"))
        let text = base + "assertion: {encryption_keys: [\"\(key)\", {file: key}], rotate: 1h, test: true}"
        let settings = try #require(
            try snapshot(text, folder: folder.path(percentEncoded: false)).assertion)
        #expect(settings.encryptionKeys.map { $0[0] } == [7, 8])
        #expect(settings.rotation == .seconds(3600) && settings.servesTest)
    }

    @Test func `never shows its keys`() throws {
        let text = base + "assertion: {encryption_keys: [\"\(key)\"]}"
        let snapshot = try snapshot(text)
        for shown in ["\(snapshot.assertion as Any)", String(reflecting: snapshot.assertion)] {
            #expect(!shown.contains(key) && !shown.contains("7, 7"))
        }
        let changed = try ConfigurationTests.snapshot(text.replacing(key, with: other))
        #expect(changed.fingerprint == snapshot.fingerprint)
        for bad in ["{encryption_keys: hunter2hunter2}", "hunter2hunter2", "{encryption_keys: [hunter2hunter2]}"] {
            #expect(!problems(base + "assertion: \(bad)").joined().contains("hunter2"), "\(bad)")
        }
    }

    @Test(arguments: [
        ("§{rotate: 30d}", "without encryption_keys"),
        ("§{encryption_keys: []}", "assertion without a key"),
        ("{encryption_keys: [§short]}", "not 32 bytes in base64"),
        ("{encryption_keys: [§\"AAAA\"]}", "openssl rand -base64 32"),
        ("{encryption_keys: [§{path: x}]}", "text, or {file: PATH}"),
        ("{encryption_keys: [{file: §/nowhere/at/all}]}", "cannot be read"),
        ("{encryption_keys: [\"KEY\"], rotate: §30m}", "1h or more"),
        ("{encryption_keys: [\"KEY\"], rotate: §often}", "a duration"),
        ("{encryption_keys: [\"KEY\"], test: §maybe}", "true, false"),
        ("{encryption_keys: [\"KEY\"], §key: x}", "unknown key \"key\" in assertion"),
    ])
    func `is refused where it cannot be meant`(text: String, message: String) {
        expectProblems(base + "assertion: \(text.replacing("KEY", with: key))", [message])
    }

    @Test(arguments: [
        ("{X-Jwt: \"{assertion}\"}", true), ("{X-Jwt: §\"Bearer {assertion}\"}", false),
        ("§{X-Jwt: \"{assertion}\", X-Other: \"{assertion}\"}", false),
    ])
    func `may be told in a header of the site's own, alone`(identity: String, isGood: Bool) {
        let route = "upstreams: {u: {endpoints: [\"http://h\"]}}\nroutes: [{name: a, require: signed_in, upstream: u, "
        let text = "listeners: [{address: \"[::1]:1\", redirect: https}]\n" + route + "identity: \(identity)}]"
        if isGood { #expect(problems(text) == []) } else { expectProblems(text, ["{assertion}"]) }
    }
}
