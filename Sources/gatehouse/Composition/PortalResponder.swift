import Portal
import Proxy
import Synchronization

/// Lets the proxy answer with the portal's pages. Neither knows the other: only fields are copied here.
final class PortalResponder: LocalResponder {
    private let present: Mutex<Portal>

    init(_ portal: Portal) { present = Mutex(portal) }

    private var portal: Portal { present.withLock { $0 } }

    /// Answers by another configuration from now on.
    func replace(_ portal: Portal) { present.withLock { $0 = portal } }

    func respond(to request: LocalRequest) async -> LocalResponse {
        let response = await portal.respond(
            to: PortalRequest(
                method: request.method, scheme: request.scheme, host: request.host, path: request.path,
                query: request.query, fields: request.fields, body: request.body,
                clientAddress: request.clientAddress, requestID: request.requestID))
        return LocalResponse(status: response.status, fields: response.fields, body: response.body)
    }

    func errorPage(_ page: ErrorPage) async -> LocalResponse {
        let response = portal.errorPage(
            PortalErrorPage(
                status: page.status, code: page.code, detail: page.detail, requestID: page.requestID,
                decisionID: page.decisionID, scheme: page.scheme, host: page.host, target: page.target,
                acceptLanguage: page.acceptLanguage, principal: page.principal, plant: page.plant,
                neededRole: page.neededRole, neededGlobalRoles: page.neededGlobalRoles, lostForm: page.lostForm))
        return LocalResponse(status: response.status, fields: response.fields, body: response.body)
    }
}
