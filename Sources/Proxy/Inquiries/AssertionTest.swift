import Assertion
import HTTPMessage
import Policy

/// `/.gatehouse/assertion-test`: gives an application's developers assertions that their application must refuse.
///
/// `?path=/plants/detroit/` names what on this host they want to ask for; they must be allowed to. The answer lists every
/// flaw with an assertion that has it, all of them about whoever asks; `&kind=expired` gives that one alone, as text. Only
/// where the configuration says `assertion: {test: true}`.
enum AssertionTest {
    private static let path = Array("/.gatehouse/assertion-test".utf8)

    static func isAsked(_ sent: Span<UInt8>) -> Bool { sent.isEqual(to: path.span) }

    static func inquiry(
        _ request: RequestHead, scheme: String, limits: HeadLimits
    ) throws(ForwardedClaims.Problem) -> Inquiry {
        let query = QueryParameters(request.query)
        guard let path = query["path"] else { throw .missing("path") }
        var flaw: AssertionFlaw?
        if let kind = query["kind"] {
            flaw = AssertionFlaw(rawValue: String(decoding: kind, as: UTF8.self))
            guard flaw != nil else { throw .malformed("kind") }
        }
        var claims = ForwardedClaims()
        try claims.add(method: Array("GET".utf8).span)
        try claims.add(authority: request.authority)
        try claims.add(target: path.span)
        return Inquiry(.assertionTest(flaw), about: try claims.head(limits: limits), scheme: scheme)
    }
}

extension Conversation {
    /// Hands out the assertions, or the one that was asked for.
    func handOutFlaws(
        _ flaw: AssertionFlaw?, _ permit: Permit, _ session: CachedSession?, _ exchange: Exchange,
        _ deployment: Deployment
    ) async -> Ending {
        guard let header = permit.route.identity.assertionHeader else {
            return await deny(exchange, 404, "no_assertion", "The application of this route gets no assertion.")
        }
        guard let session, let claims = state.assertions.claims(permit, session, deployment) else {
            return await deny(exchange, 401, "sign_in_required", "Sign in first: assertions are about somebody.")
        }
        let now = state.clock.now
        let issuer = state.assertions.issuer
        let made = AssertionFlaw.allCases.filter { flaw == nil || flaw == $0 }.compactMap { flaw in
            issuer.assertion(flaw, in: claims, at: now).map { (flaw: flaw, text: $0) }
        }
        guard !made.isEmpty else {
            return await fail(exchange, 503, "no_assertion_key", "There is no key to sign with yet. Try again soon.")
        }
        var response = LocalResponse(status: 200)
        if flaw != nil {
            response.fields = [("Content-Type", "text/plain; charset=utf-8")]
            response.body = Array(made.map { $0.text + "\n" }.joined().utf8)
        } else {
            var list = JSONObject()
            list.add("header", header)
            list.add(
                "refuse",
                made.map { flaw, text in
                    var object = JSONObject()
                    object.add("kind", flaw.rawValue)
                    object.add("because", flaw.explanation)
                    object.add("assertion", text)
                    return object
                })
            response.fields = [("Content-Type", "application/json")]
            response.body = list.bytes + [0x0A]
        }
        return await send(response, exchange, bodyless: exchange.request.method == .head, mayKeep: true)
    }
}

/// The parameters of a query, `name=value&…`, with percent-encoding taken off the values.
struct QueryParameters {
    private let text: [UInt8]

    init(_ query: Span<UInt8>?) {
        if let query { text = [UInt8](query) } else { text = [] }
    }

    /// The value of the first parameter of this name; nil without one, or if it is not percent-encoded soundly.
    subscript(name: String) -> [UInt8]? {
        for parameter in text.split(separator: UInt8(ascii: "&")) {
            let parts = parameter.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0].elementsEqual(name.utf8) { return Self.decoded(parts[1]) }
        }
        return nil
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
