import Crypto
import Foundation
import Identity

/// A way in which an assertion is bad: what an application must refuse, and what applications are known to have believed.
///
/// None is more than its bearer has anyway: they are about that person, for a plant and a route that they may use. What
/// overlooks the flaw believes them for a minute, as it would a true one; only who never looks at the end believes the
/// expired one for ever, which is why a site has to turn the test on.
package enum AssertionFlaw: String, Sendable, CaseIterable {
    case expired
    case notYetValid = "not_yet_valid"
    case wrongAudience = "wrong_audience"
    case wrongIssuer = "wrong_issuer"
    case wrongKey = "wrong_key"
    case embeddedKey = "embedded_key"
    case unsigned
    case publicKeyAsSecret = "public_key_as_secret"
    case changed

    /// Why it must be refused.
    package var explanation: String {
        switch self {
        case .expired: "It expired an hour ago (exp)."
        case .notYetValid: "It holds only from an hour from now on (nbf)."
        case .wrongAudience: "It is meant for another application (aud)."
        case .wrongIssuer: "Somebody else issued it (iss)."
        case .wrongKey: "It has the name of our key (kid), and the signature of another."
        case .embeddedKey: "It brings the key along that it was signed with (jwk, CVE-2018-0114)."
        case .unsigned: "It has no signature (alg none, CVE-2015-9235)."
        case .publicKeyAsSecret: "It is signed by HS256 with our public key as the secret (CVE-2016-5431)."
        case .changed: "Its role was raised after it was signed."
        }
    }

    /// What stands in place of a name that must not match. No route and no public URL is called that.
    private static let somebodyElse = "https://assertion-test.invalid"

    func assertion(_ claims: AssertionClaims, _ key: AssertionKey, _ now: Timestamp) -> String? {
        var claims = claims
        var period = AssertionClaims.Period(from: now)
        switch self {
        case .expired:
            period = AssertionClaims.Period(from: now - .seconds(3600))
            return key.sign(claims.json(period))
        case .notYetValid:
            // Its end stays: it is never good, not even in an hour.
            period.notBefore = now.wholeSeconds + 3600
            return key.sign(claims.json(period))
        case .wrongAudience:
            claims.audience = Self.somebodyElse
            return key.sign(claims.json(period))
        case .wrongIssuer:
            claims.issuer = Self.somebodyElse
            return key.sign(claims.json(period))
        case .wrongKey:
            let header = AssertionKey.header(algorithm: "ES256", id: key.id)
            return AssertionKey(activeFrom: now).sign(claims.json(period), header: header)
        case .embeddedKey:
            let other = AssertionKey(activeFrom: now)
            let header = AssertionKey.header(algorithm: "ES256", id: other.id) { $0.add("jwk", other.jwk) }
            return other.sign(claims.json(period), header: header)
        case .unsigned:
            return AssertionKey.header(algorithm: "none", id: nil) + Base64URL.encode(claims.json(period)) + "."
        case .publicKeyAsSecret:
            let input =
                AssertionKey.header(algorithm: "HS256", id: key.id) + Base64URL.encode(claims.json(period))
            let secret = SymmetricKey(data: Array(key.publicPEM.utf8))
            let code = HMAC<SHA256>.authenticationCode(for: Array(input.utf8), using: secret)
            return input + "." + Base64URL.encode(Array(code))
        case .changed:
            guard let signature = key.sign(claims.json(period))?.split(separator: ".").last else { return nil }
            // Even for somebody who has the highest role already it is another's name.
            claims.principal = claims.principal.named("administrator")
            claims.membership = claims.membership?.raised
            return AssertionKey.header(algorithm: "ES256", id: key.id) + Base64URL.encode(claims.json(period)) + "."
                + signature
        }
    }
}

extension Principal {
    fileprivate func named(_ username: String) -> Principal {
        Principal(
            userID: userID, username: username, email: email, name: name, globalRoles: globalRoles + ["ADMIN"],
            memberships: memberships)
    }
}

extension PlantMembership {
    fileprivate var raised: PlantMembership {
        PlantMembership(plantID: plantID, plantCode: plantCode, plantName: plantName, role: .admin)
    }
}
