package import Accounts
package import Logging

/// The pages at `/.gatehouse/` on every host, and those that tell people why there is nothing else to see.
///
/// Answers in process with Hummingbird's router and swift-mustache. The pages need no script; the few files that they
/// refer to are part of the program.
package struct Portal: Sendable {
    /// The largest form that is read, in bytes.
    static let formBytesMax = 16 * 1_024

    private let services: PortalServices
    private let router: RouterBridge
    private let api: APIRouter

    /// - Parameter mails: the mails that a trial wrote into a folder, newest first; nil where mails are sent.
    package init(
        settings: PortalSettings, accounts: AccountsEnvironment, mails: (@Sendable () -> [String])? = nil,
        logger: Logger
    ) {
        services = PortalServices(
            settings: settings, accounts: accounts, pages: Pages(settings.branding), mails: mails)
        router = RouterBridge(PortalRoutes(services).router(), logger: logger)
        api = APIRouter(services, logger: logger)
    }

    /// Answers a request below `/.gatehouse/` or `/.well-known/gatehouse/`.
    package func respond(to request: PortalRequest) async -> PortalResponse {
        var response: PortalResponse
        do {
            response =
                APIRouter.answers(request.path)
                ? await api.respond(to: request) : try await router.respond(to: request)
        } catch {
            response = errorPage(
                PortalErrorPage(
                    status: 500, code: "internal_error", detail: "", requestID: request.requestID, decisionID: "",
                    scheme: request.scheme, host: request.host))
        }
        for field in Pages.guards
        where !response.fields.contains(where: { $0.name.lowercased() == field.name.lowercased() }) {
            response.fields.append(field)
        }
        return await CookieRenewal(accounts: services.accounts).renewing(response, to: request)
    }

    /// The page that tells a person why they do not see what they asked for.
    package func errorPage(_ page: PortalErrorPage) -> PortalResponse {
        ErrorNotice(page).response(services.pages)
    }
}

/// What the handlers share.
struct PortalServices: Sendable {
    let settings: PortalSettings
    let accounts: AccountsEnvironment
    let pages: Pages
    /// What `MailsPage` shows.
    let mails: (@Sendable () -> [String])?
}
