import Identity

/// The gateway's own cookies, by name and as `Set-Cookie` values.
///
/// All are `__Host-` cookies (RFC 6265bis, section 4.1.3.2): set over TLS by this very host, for this very host, so
/// that neither a sister host nor a plain connection can plant one.
enum PortalCookie: String {
    case session = "__Host-gatehouse"
    /// The secret that a form has to repeat.
    case formGuard = "__Host-gatehouse-csrf"
    /// The secret that a ticket from the login page is bound to.
    case attempt = "__Host-gatehouse-attempt"

    /// Sets the cookie. Without `maxAge`, in seconds, it lasts as long as the browser's session.
    func setting(_ value: String, maxAge: Int? = nil) -> String {
        let age = maxAge.map { "; Max-Age=\($0)" } ?? ""
        return "\(rawValue)=\(value); Path=/\(age); Secure; HttpOnly; SameSite=Lax"
    }

    /// Removes the cookie.
    var clearing: String { setting("", maxAge: 0) }
}

/// The gateway's own cookies of one request.
struct RequestCookies: Sendable {
    private let values: [String: [String]]

    init(_ request: PortalRequest) {
        var values: [String: [String]] = [:]
        for field in request.values(of: "cookie") {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { continue }
                let name = RequestCookies.trim(parts[0])
                guard PortalCookie(rawValue: name) != nil else { continue }
                values[name, default: []].append(RequestCookies.trim(parts[1]))
            }
        }
        self.values = values
    }

    /// The value of a cookie; nil when it is missing, or comes with several values: one of them was planted, and nobody
    /// can say which (CVE-2026-25748).
    subscript(_ cookie: PortalCookie) -> String? {
        guard let all = values[cookie.rawValue], let first = all.first, all.allSatisfy({ $0 == first }) else {
            return nil
        }
        return first
    }

    private static func trim(_ text: Substring) -> String {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
