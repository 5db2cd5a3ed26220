import Crypto
import Foundation
import GatehouseTesting
import Identity
import Testing

@testable import Assertion

/// An issuer with one key, and that key's public half as applications get it.
private func issuer() throws -> (AssertionIssuer, P256.Signing.PublicKey) {
    let issuer = AssertionIssuer()
    issuer.replace(KeyRing([AssertionKey(activeFrom: noon)]))
    let set = try #require(try JSONSerialization.jsonObject(with: Data(issuer.jwks)) as? [String: Any])
    let keys = try #require(set["keys"] as? [[String: String]])
    #expect(keys.count == 1)
    let key = try #require(keys.first)
    let x = try #require(Base64URL.decode(key["x"] ?? ""))
    let y = try #require(Base64URL.decode(key["y"] ?? ""))
    return (issuer, try P256.Signing.PublicKey(rawRepresentation: x + y))
}

private func verifies(_ parts: Parts, _ key: P256.Signing.PublicKey) -> Bool {
    guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: parts.signature) else { return false }
    return key.isValidSignature(signature, for: Array(parts.signed.utf8))
}

@Suite struct `An assertion` {
    @Test func `says who asks, for whom it is and for how long, and verifies by the key set`() throws {
        let (issuer, key) = try issuer()
        let parts = try Parts(try #require(issuer.assertion(claims(), at: noon)))
        #expect(verifies(parts, key))
        #expect(parts.header["alg"] as? String == "ES256" && parts.header["typ"] as? String == "JWT")
        let payload = parts.payload
        #expect(payload["iss"] as? String == "https://login.example.com" && payload["aud"] as? String == "spc")
        #expect(payload["sub"] as? String == UserID(UUID128(high: 1, low: 2)).description)
        #expect(payload["iat"] as? Int == 1_800_000_000 && payload["exp"] as? Int == 1_800_000_060)
        #expect(payload["plant"] as? String == "detroit" && payload["plant_id"] as? Int == 7)
        #expect(payload["role"] as? String == "engineer" && payload["roles"] as? [String] == ["user", "A\"B"])
        #expect(payload["preferred_username"] as? String == "ada" && payload["name"] as? String == "Ada Lovelace")
        #expect(payload["sid"] as? String == SessionID(UUID128(high: 3, low: 4)).description)
        #expect(payload["nbf"] == nil)
    }

    @Test func `leaves out what is not known`() throws {
        let (issuer, _) = try issuer()
        let parts = try Parts(try #require(issuer.assertion(claims(username: nil, name: nil, role: nil), at: noon)))
        for name in ["preferred_username", "name", "plant", "plant_id", "role"] { #expect(parts.payload[name] == nil) }
        #expect(parts.payload["sub"] != nil)
    }

    @Test(arguments: [
        "\",\"role\":\"admin\",\"x\":\"", "back\\slash", "\u{0}\u{1f}\n\t", "Zoë 🏭", "\u{2028}</script>", "",
    ])
    func `says names that were chosen with care, and nothing else by them`(name: String) throws {
        let (issuer, _) = try issuer()
        let parts = try Parts(try #require(issuer.assertion(claims(name: name, role: .operator), at: noon)))
        #expect(parts.payload["name"] as? String == name && parts.payload["role"] as? String == "operator")
    }

    @Test func `is never made without a key`() {
        let issuer = AssertionIssuer()
        #expect(
            issuer.assertion(claims(), at: noon) == nil && issuer.assertion(.expired, in: claims(), at: noon) == nil)
        #expect(String(decoding: issuer.jwks, as: UTF8.self) == #"{"keys":[]}"#)
    }
}

@Suite struct `A key set` {
    @Test func `names keys by their thumbprints (RFC 7638), and keeps private halves to itself`() throws {
        let key = AssertionKey(activeFrom: noon)
        let ring = try #require(KeyRing([key]))
        let set = try #require(try JSONSerialization.jsonObject(with: Data(ring.jwks)) as? [String: Any])
        let jwk = try #require((set["keys"] as? [[String: String]])?.first)
        #expect(Set(jwk.keys) == ["kty", "crv", "x", "y", "kid", "use", "alg"])
        #expect(jwk["kty"] == "EC" && jwk["crv"] == "P-256" && jwk["use"] == "sig" && jwk["alg"] == "ES256")
        let members = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\(jwk["x"] ?? "")\",\"y\":\"\(jwk["y"] ?? "")\"}"
        #expect(jwk["kid"] == Base64URL.encode(Array(SHA256.hash(data: Array(members.utf8)))))
        #expect(jwk["kid"] == key.id)
    }

    @Test func `signs with the newest active key, and knows all of them`() throws {
        let old = AssertionKey(activeFrom: noon - .seconds(100))
        let present = AssertionKey(activeFrom: noon)
        let coming = AssertionKey(activeFrom: noon + .seconds(900))
        let ring = try #require(KeyRing([coming, old, present]))
        #expect(ring.signer(at: noon)?.id == present.id)
        #expect(ring.signer(at: noon - .microseconds(1))?.id == old.id)
        #expect(ring.signer(at: noon + .seconds(900))?.id == coming.id)
        // A clock that is behind all of them.
        #expect(ring.signer(at: noon - .seconds(1000))?.id == old.id)
        let text = String(decoding: ring.jwks, as: UTF8.self)
        for key in [old, present, coming] { #expect(text.contains(key.id)) }
        #expect(KeyRing([]) == nil)
    }
}

@Suite struct `A flaw` {
    /// Whether the signature is that of the key which is published under the name in the header.
    static let genuine: Set<AssertionFlaw> = [.expired, .notYetValid, .wrongAudience, .wrongIssuer]

    @Test(arguments: AssertionFlaw.allCases)
    func `is the one that it is called by`(flaw: AssertionFlaw) throws {
        let (issuer, key) = try issuer()
        let good = try Parts(try #require(issuer.assertion(claims(), at: noon)))
        let bad = try Parts(try #require(issuer.assertion(flaw, in: claims(), at: noon)))
        #expect(verifies(bad, key) == Self.genuine.contains(flaw))
        #expect(!flaw.explanation.isEmpty)
        let payload = bad.payload
        #expect(payload["sub"] as? String == good.payload["sub"] as? String)
        // To whoever overlooks the flaw it is no better than a true one.
        #expect(try #require(payload["exp"] as? Int) <= 1_800_000_060)
        switch flaw {
        case .expired: #expect(payload["exp"] as? Int == 1_800_000_000 - 3600 + 60)
        case .notYetValid: #expect(payload["nbf"] as? Int == 1_800_003_600)
        case .wrongAudience: #expect(payload["aud"] as? String == "https://assertion-test.invalid")
        case .wrongIssuer: #expect(payload["iss"] as? String == "https://assertion-test.invalid")
        case .wrongKey: #expect(bad.header["kid"] as? String == good.header["kid"] as? String)
        case .embeddedKey:
            let jwk = try #require(bad.header["jwk"] as? [String: String])
            #expect(jwk["kid"] != good.header["kid"] as? String && jwk["d"] == nil)
        case .unsigned: #expect(bad.header["alg"] as? String == "none" && bad.signature.isEmpty)
        case .publicKeyAsSecret:
            #expect(bad.header["alg"] as? String == "HS256")
            let secret = SymmetricKey(data: Array(key.pemRepresentation.utf8))
            #expect(
                HMAC<SHA256>.isValidAuthenticationCode(
                    bad.signature, authenticating: Array(bad.signed.utf8), using: secret))
        case .changed:
            #expect(
                payload["role"] as? String == "admin" && bad.header["kid"] as? String == good.header["kid"] as? String)
        }
    }
}
