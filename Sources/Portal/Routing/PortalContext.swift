import Accounts
import Hummingbird
import Logging

/// What handlers know of a request: the router's own context with ours in it.
struct PortalContext: RequestContext {
    /// What a context is made from.
    struct Source: RequestContextSource {
        let request: PortalRequest
        let logger: Logger
    }

    var coreContext: CoreRequestContextStorage
    let request: PortalRequest
    let cookies: RequestCookies
    let language: Language

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        request = source.request
        cookies = RequestCookies(source.request)
        language = Language(acceptLanguage: source.request.value(of: "accept-language"))
    }

    /// On whose behalf a use case runs for a visitor.
    var requester: Requester {
        var requester = request.requester
        requester.language = language.rawValue
        return requester
    }

    /// The parameters of the query.
    func query() throws(PortalFailure) -> FormFields {
        guard let query = FormFields(query: request.query) else { throw .malformed }
        return query
    }

    /// The form that was sent in, once it is sure that it came from our own page.
    func form() throws(PortalFailure) -> FormFields {
        let form = try unguardedForm()
        guard FormGuard.admits(request, cookies, form) else { throw .crossSite }
        return form
    }

    /// The form that was sent in, wherever it came from.
    func unguardedForm() throws(PortalFailure) -> FormFields {
        let mediaType = request.value(of: "content-type")?.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard mediaType == "application/x-www-form-urlencoded" else { throw .unsupportedMediaType }
        guard request.body.count <= Portal.formBytesMax else { throw .tooLarge }
        guard let form = FormFields(request.body) else { throw .malformed }
        return form
    }
}
