import HTTPTypes
import Hummingbird

/// Which handler answers what, on every host.
struct PortalRoutes: Sendable {
    typealias Handler = @Sendable (PortalContext) async throws(PortalFailure) -> PortalResponse

    private let services: PortalServices

    init(_ services: PortalServices) { self.services = services }

    func router() -> Router<PortalContext> {
        let router = Router(context: PortalContext.self)
        let login = LoginPage(services: services)
        let logout = LogoutPage(services: services)
        let home = HomePage(services: services)
        let ticket = TicketPage(services: services)
        router.add(middleware: FailurePages(services: services))
        page(router, "/.gatehouse", get: home.show)
        page(router, "/.gatehouse/login", get: login.show, post: login.signIn)
        page(router, "/.gatehouse/logout", get: logout.show, post: logout.signOut)
        page(router, "/.gatehouse/ticket", get: ticket.redeem)
        for asset in Asset.all {
            page(router, RouterPath(asset.path), get: { _ throws(PortalFailure) in asset.response })
        }
        return router
    }

    /// Registers one path, and the answer to methods that it does not have.
    private func page(
        _ router: Router<PortalContext>, _ path: RouterPath, get: @escaping Handler, post: Handler? = nil
    ) {
        router.on(path, method: .get) { _, context in try await get(context).routed }
        if let post { router.on(path, method: .post) { _, context in try await post(context).routed } }
        let allowed = ["GET", "HEAD"] + (post == nil ? [] : ["POST"])
        for method in RouterBridge.methods where method != .get && !(method == .post && post != nil) {
            router.on(path, method: method) { _, _ -> Response in
                throw PortalFailure.methodNotAllowed(allowed: allowed)
            }
        }
    }
}
