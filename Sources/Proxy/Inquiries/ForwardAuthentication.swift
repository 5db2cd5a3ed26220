import HTTPMessage
import Policy

/// `/.gatehouse/auth`: where nginx, Caddy, Traefik, Envoy and other proxies ask whether to let a request through.
///
/// Recognised by the path as it was sent, before any reading of it: Envoy appends its client's path to this one, and dot
/// segments in that must never lead out of here, to a page whose 200 would be taken for a yes.
enum ForwardAuthentication {
    private static let path = Array("/.gatehouse/auth".utf8)

    /// Whether a request with this path, as it was sent, is an inquiry.
    static func isAsked(_ sent: Span<UInt8>) -> Bool {
        guard sent.hasPrefix(path) else { return false }
        return sent.count == path.count || sent[path.count] == UInt8(ascii: "/")
    }

    /// The inquiry that a trusted proxy makes with this request.
    static func inquiry(
        _ request: RequestHead, limits: HeadLimits
    ) throws(ForwardedClaims.Problem) -> Inquiry {
        var claims = try ForwardedClaims(request.fields)
        let form: Inquiry.Form
        let rest = request.path.extracting(path.count...)
        if !rest.isEmpty {
            // Envoy keeps method and host, and puts the path behind ours.
            form = .externalAuthorization
            try claims.add(method: request.methodSpan)
            try claims.add(authority: request.authority)
            if let query = request.query {
                try claims.add(target: (rest.decoded + "?" + query.decoded).utf8.span)
            } else {
                try claims.add(target: rest)
            }
        } else {
            form = claims.isAuthRequest ? .authRequest : .forwardAuth
        }
        let head = try claims.head(limits: limits)
        return Inquiry(form, about: head, scheme: claims.scheme ?? "https")
    }
}

extension Conversation {
    /// Takes an inquiry up, so that what follows decides on what it is about. A refusal when it must not be answered.
    func takeUpInquiry(_ exchange: Exchange, _ deployment: Deployment) -> RequestRefusal? {
        let request = exchange.request
        let limits = deployment.headLimits
        do throws(ForwardedClaims.Problem) {
            if ForwardAuthentication.isAsked(request.path) {
                guard deployment.trustedProxies.contains(peer) else { return .untrustedProxy }
                exchange.inquiry = try ForwardAuthentication.inquiry(request, limits: limits)
            } else if deployment.servesAssertionTest, AssertionTest.isAsked(request.path) {
                exchange.inquiry = try AssertionTest.inquiry(request, scheme: scheme(exchange), limits: limits)
            }
        } catch {
            return RequestRefusal(status: 403, code: "bad_inquiry", detail: error.detail)
        }
        switch exchange.subject.method {
        case .connect, .trace: return .methodNotImplemented
        default: return nil
        }
    }

    /// Says yes, and who it is.
    func vouch(
        _ permit: Permit, _ session: CachedSession?, _ inquiry: Inquiry, _ exchange: Exchange, _ deployment: Deployment
    ) async -> Ending {
        if case .assertionTest(let flaw) = inquiry.form {
            return await handOutFlaws(flaw, permit, session, exchange, deployment)
        }
        var response = LocalResponse(
            status: inquiry.statusOfYes, fields: IdentityHeaders.pairs(for: permit, session: session?.sessionID))
        if let session,
            let assertion = state.assertions.assertion(for: permit, of: session, deployment, at: state.clock.now),
            let name = permit.route.identity.assertionHeader
        {
            response.fields.append((name, assertion.text))
        }
        if inquiry.form == .externalAuthorization {
            // Envoy sets the fields that we name, but of those that we don't it would pass on what its client claims.
            let told = response.fields.map(\.name)
            let removed = deployment.routes.identityFields.all(except: told)
            response.fields.append(("X-Envoy-Auth-Headers-To-Remove", removed.joined(separator: ",")))
        }
        return await send(response, exchange, bodyless: exchange.request.method == .head, mayKeep: true)
    }
}

/// Refused by who asks, or by what is asked about.
extension RequestRefusal {
    static let untrustedProxy = RequestRefusal(
        status: 403, code: "untrusted_proxy",
        detail: "This answers proxies only whose addresses stand in trusted_proxies.")
    static let gatewayPath = RequestRefusal(
        status: 403, code: "gateway_path",
        detail: "This path is the gateway's own. Have the proxy send requests for it to the gateway, without asking.")
}
