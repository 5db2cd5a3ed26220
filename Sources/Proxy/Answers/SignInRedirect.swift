import Identity
import TLS

/// Where a person who is not signed in is sent, and how they come back.
///
/// The browser gets a secret of this host's in a cookie, and the login page gets the secret's hash: the ticket that
/// comes back opens only together with the cookie, so nobody can be signed in with somebody else's ticket.
struct SignInRedirect {
    private static let returnBytesMax = 4096

    /// The login page with the place to return to.
    let loginURL: String
    /// The `Set-Cookie` value that goes with it; nil on the login page's own host.
    let attemptCookie: String?

    /// - Parameters:
    ///   - publicURL: `accounts.public_url`, without a final slash.
    ///   - isPublicHost: whether the request came to the host of `publicURL`.
    ///   - url: the full URL that was asked for.
    init(
        publicURL: String, isPublicHost: Bool, url: String, fallback: String, random: some RandomSource,
        digest: DigestContext
    ) {
        let place = url.utf8.count <= Self.returnBytesMax ? url : fallback
        let base = publicURL + "/.gatehouse/login?rd=" + Self.percentEncoded(place)
        guard !isPublicHost else {
            loginURL = base
            attemptCookie = nil
            return
        }
        let secret = Base64URL.encode(random.bytes(32))
        let hash = TokenHash(digest.sha256(secret.utf8.span))
        loginURL = base + "&attempt=" + Base64URL.encode(hash.bytes)
        attemptCookie = "__Host-gatehouse-attempt=\(secret); Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"
    }

    /// The login page with the place to return to, for clients that follow links themselves.
    static func plainURL(publicURL: String, url: String) -> String {
        publicURL + "/.gatehouse/login" + (url.utf8.count <= returnBytesMax ? "?rd=" + percentEncoded(url) : "")
    }

    /// Percent-encodes all but unreserved characters (RFC 3986, section 2.3).
    static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3 / 2)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
