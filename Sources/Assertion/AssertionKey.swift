import Crypto
import Foundation
import Identity

/// A key that assertions are signed with: ECDSA on P-256, `ES256` (RFC 7518, section 3.4).
///
/// Its name is the thumbprint of its public half (RFC 7638), so a name can stand for no other key.
struct AssertionKey: Sendable {
    let id: String
    /// From when on assertions are signed with it.
    let activeFrom: Timestamp
    private let key: P256.Signing.PrivateKey
    /// The header of its assertions, encoded, with the dot after it.
    private let header: String

    /// A new one, which nobody can predict.
    init(activeFrom: Timestamp) { self.init(P256.Signing.PrivateKey(), activeFrom) }

    /// The key of these 32 bytes; nil if they are none.
    init?(privateKey bytes: [UInt8], activeFrom: Timestamp) {
        guard let key = try? P256.Signing.PrivateKey(rawRepresentation: bytes) else { return nil }
        self.init(key, activeFrom)
    }

    private init(_ key: P256.Signing.PrivateKey, _ activeFrom: Timestamp) {
        self.key = key
        self.activeFrom = activeFrom
        id = AssertionKey.thumbprint(key.publicKey)
        header = AssertionKey.header(algorithm: "ES256", id: id)
    }

    /// The private half: 32 bytes. Secret.
    var privateKey: [UInt8] { Array(key.rawRepresentation) }

    /// The public half as PEM, as applications keep it in files.
    var publicPEM: String { key.publicKey.pemRepresentation }

    /// A JWT of these claims (RFC 7515, section 7.1). Nil only if the library has no random numbers.
    func sign(_ payload: [UInt8]) -> String? { sign(payload, header: header) }

    /// The same under another header.
    func sign(_ payload: [UInt8], header: String) -> String? {
        let input = header + Base64URL.encode(payload)
        guard let signature = try? key.signature(for: Array(input.utf8)) else { return nil }
        return input + "." + Base64URL.encode(Array(signature.rawRepresentation))
    }

    /// A header, encoded, with the dot after it. `adding`: what else it says.
    static func header(algorithm: String, id: String?, adding: (inout JSONObject) -> Void = { _ in }) -> String {
        var object = JSONObject()
        object.add("alg", algorithm)
        object.add("typ", "JWT")
        object.add("kid", id)
        adding(&object)
        return Base64URL.encode(object.bytes) + "."
    }

    // MARK: The public half (RFC 7517, RFC 7518 section 6.2)

    /// The public half as a JSON Web Key.
    var jwk: JSONObject {
        var object = AssertionKey.coordinates(key.publicKey)
        object.add("kid", id)
        object.add("use", "sig")
        object.add("alg", "ES256")
        return object
    }

    /// SHA-256 of the members that make the key, in the order of their names (RFC 7638, section 3).
    private static func thumbprint(_ key: P256.Signing.PublicKey) -> String {
        Base64URL.encode(Array(SHA256.hash(data: coordinates(key).bytes)))
    }

    private static func coordinates(_ key: P256.Signing.PublicKey) -> JSONObject {
        let point = Array(key.rawRepresentation)
        var object = JSONObject()
        object.add("crv", "P-256")
        object.add("kty", "EC")
        object.add("x", Base64URL.encode(Array(point.prefix(32))))
        object.add("y", Base64URL.encode(Array(point.suffix(32))))
        return object
    }
}
