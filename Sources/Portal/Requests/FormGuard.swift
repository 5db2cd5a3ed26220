import Identity

/// Keeps other sites from sending our forms: the double-submit cookie, and what the browser says about the origin.
///
/// Every form repeats a secret that its host's `__Host-gatehouse-csrf` cookie holds. Another site can neither read that
/// cookie nor set it, so it cannot make a form that passes. On top of it a browser that names the origin of a
/// state-changing request (Origin, Sec-Fetch-Site) must name this one. That covers signing in as well: nobody is
/// signed in unawares to somebody else's account.
struct FormGuard: Sendable {
    private static let secretLength = 43

    /// The secret that the form has to carry.
    let secret: String
    /// Whether the browser has to be given the cookie first.
    let isNew: Bool

    /// The guard for a form on the answer to a request with these cookies. A cookie of the right form is used again, so
    /// that forms in several tabs all work.
    init(_ cookies: RequestCookies, random: any RandomSource) {
        if let secret = cookies[.formGuard], FormGuard.isWellFormed(secret) {
            self.secret = secret
            isNew = false
        } else {
            secret = Base64URL.encode(random.bytes(32))
            isNew = true
        }
    }

    /// The `Set-Cookie` value that the page with the form must carry, if any.
    var cookie: String? { isNew ? PortalCookie.formGuard.setting(secret) : nil }

    /// Whether a form that was sent in may be acted on.
    static func admits(_ request: PortalRequest, _ cookies: RequestCookies, _ form: FormFields) -> Bool {
        guard isOwnOrigin(request), let expected = cookies[.formGuard], isWellFormed(expected),
            let given = form["csrf"]
        else { return false }
        return isEqual(given, expected)
    }

    /// Whether the browser, as far as it says, sends this request from a page of the same origin.
    ///
    /// `Origin: null` alone says nothing good: sandboxed frames and cross-site redirects send it. Where Sec-Fetch-Site
    /// vouches for the request it may be null, since a browser set to send no referrers makes it so.
    static func isOwnOrigin(_ request: PortalRequest) -> Bool {
        let sites = request.values(of: "sec-fetch-site")
        let origins = request.values(of: "origin")
        guard sites.count <= 1, origins.count <= 1 else { return false }
        if let site = sites.first, site != "same-origin", site != "none" { return false }
        guard let origin = origins.first else { return true }
        if origin == "null" { return sites.first == "same-origin" }
        guard let origin = WebOrigin(origin) else { return false }
        // Behind a proxy that ends TLS, the scheme here is the inner one; the browser's may only be better.
        return [request.scheme, "https"].contains { scheme in
            origin == WebOrigin("\(scheme)://\(request.host)")
        }
    }

    private static func isWellFormed(_ secret: String) -> Bool {
        secret.utf8.count == secretLength && secret.utf8.allSatisfy(Base64URL.isDigit)
    }

    /// Compares in a time that depends on the lengths alone.
    static func isEqual(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
