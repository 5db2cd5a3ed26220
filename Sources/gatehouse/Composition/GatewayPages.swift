import Assertion
import Proxy

/// The gateway's own answers: the key set of its assertions, and all else from the portal.
final class GatewayPages: LocalResponder {
    private let issuer: AssertionIssuer
    private let portal: PortalResponder

    init(_ issuer: AssertionIssuer, _ portal: PortalResponder) {
        self.issuer = issuer
        self.portal = portal
    }

    func respond(to request: LocalRequest) async -> LocalResponse {
        guard request.path == "/.well-known/gatehouse/jwks.json" else { return await portal.respond(to: request) }
        guard request.method == "GET" || request.method == "HEAD" else {
            return LocalResponse(status: 405, fields: [("Allow", "GET, HEAD")])
        }
        let age = AssertionIssuer.jwksMaxAge.components.seconds
        return LocalResponse(
            status: 200,
            fields: [
                ("Content-Type", "application/jwk-set+json"), ("Cache-Control", "public, max-age=\(age)"),
                ("X-Content-Type-Options", "nosniff"),
            ], body: issuer.jwks)
    }

    func errorPage(_ page: ErrorPage) async -> LocalResponse { await portal.errorPage(page) }
}
