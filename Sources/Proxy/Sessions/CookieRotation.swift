import HTTP1
import HTTPMessage
import Identity
import Policy
import TLS

/// Session cookies are rotated on page loads alone: a person waits for the page in one browser, which takes the new
/// cookie before it asks for anything else, and nobody between keeps the page for others.
extension Conversation {
    /// Whether the answer to this request may change the session's cookie: to a page load with an old cookie alone. Then
    /// the token that it has now is left in the exchange.
    func mayRotate(_ session: CachedSession, _ exchange: Exchange, _ credential: Credential) -> Bool {
        guard session.isRotationDue(state.now, after: sessions.rotation),
            case .token(_, .cookie) = credential, exchange.request.method == .get, exchange.request.isNavigation,
            // Another request of the same client may have come with another token while this one's was looked up, and
            // may come before this one is answered. Nobody is ever handed a cookie of theirs.
            let text = client.lastToken.text(of: session.token)
        else { return false }
        exchange.rotatingText = text
        return true
    }

    /// Exchanges the cookie, once the head of the application's answer is there and turns out to be a page. Asks the
    /// store, which takes a moment, and gives up soon; of requests at once, one asks and the others go on without.
    func rotateCookie(of session: CachedSession, _ exchange: Exchange) async {
        guard !session.isRotationTried, PageLoad.mayCarryCookie(exchange.response) else { return }
        session.isRotationTried = true
        let rotate = state.rotate
        let text = exchange.rotatingText
        let request = exchange.request
        let host = request.host.decoded
        exchange.newCookie = await Task.detached { await rotate(text, host) }.value
    }
}

/// Which answers are pages for one person alone.
enum PageLoad {
    /// Whether an answer is a page that no shared cache may take for its own (RFC 9111, sections 3 and 5.2.2): one that
    /// says nothing about caching, or that forbids it. One that may be shared must not carry a cookie, and forbidding
    /// that would take it from the cache.
    static func mayCarryCookie(_ response: ResponseHead) -> Bool {
        guard (200..<300).contains(response.status) || (400..<500).contains(response.status) else { return false }
        let fields = response.fields
        var isPage = false
        var isPrivate = false
        var mayBeShared = false
        for index in 0..<fields.count {
            let name = fields.name(index)
            if fields.known(index) == .contentType {
                let type = fields.value(index)
                isPage = type.hasPrefixIgnoringCase("text/html") || type.hasPrefixIgnoringCase("application/xhtml+xml")
            } else if name.isEqualIgnoringCase(to: "cache-control") {
                for directive in CacheDirectives(fields.value(index)) {
                    switch directive.name {
                    case "no-store": isPrivate = true
                    // With an argument it is about some fields alone.
                    case "private": if directive.argument == nil { isPrivate = true }
                    case "public", "s-maxage": mayBeShared = true
                    case "max-age": if directive.argument != "0" { mayBeShared = true }
                    default: break
                    }
                }
            } else if name.isEqualIgnoringCase(to: "expires") || name.isEqualIgnoringCase(to: "cdn-cache-control")
                || name.isEqualIgnoringCase(to: "surrogate-control")
            {
                mayBeShared = true
            }
        }
        return isPage && (isPrivate || !mayBeShared)
    }
}

/// The directives of a `Cache-Control` value, names in lower case.
struct CacheDirectives: Sequence, IteratorProtocol {
    private var rest: [Substring]

    init(_ value: Span<UInt8>) {
        rest = value.decoded.lowercased().split(separator: ",").reversed()
    }

    mutating func next() -> (name: String, argument: String?)? {
        guard let directive = rest.popLast() else { return nil }
        let parts = directive.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let argument = parts.count > 1 ? parts[1].trimmingSpaces.filter { $0 != "\"" } : nil
        return (parts[0].trimmingSpaces, argument)
    }
}

extension Span<UInt8> {
    /// Whether these bytes begin with `prefix`, which is ASCII in lower case, letters without regard to case.
    func hasPrefixIgnoringCase(_ prefix: StaticString) -> Bool {
        count >= prefix.utf8CodeUnitCount
            && extracting(..<prefix.utf8CodeUnitCount).isEqualIgnoringCase(to: prefix)
    }
}
