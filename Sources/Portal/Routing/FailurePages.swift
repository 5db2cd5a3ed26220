import Accounts
import Hummingbird
import Logging

/// Turns what handlers throw, and paths that nothing answers, into pages.
struct FailurePages: RouterMiddleware {
    let services: PortalServices

    @concurrent func handle(
        _ request: Request, context: PortalContext,
        next: @concurrent (Request, PortalContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let failure as PortalFailure {
            return page(for: failure, context).routed
        } catch is HTTPError {
            return page(for: .notFound, context).routed
        }
    }

    private func page(for failure: PortalFailure, _ context: PortalContext) -> PortalResponse {
        switch failure {
        case .malformed: notice(400, context, .badRequestTitle, .badRequestLead)
        case .crossSite: notice(403, context, .badRequestTitle, .crossSiteLead)
        case .notFound: notice(404, context, .notFoundTitle, .notFoundLead)
        case .methodNotAllowed(let allowed):
            notice(405, context, .methodTitle, .methodLead).adding("Allow", allowed.joined(separator: ", "))
        case .tooLarge: notice(413, context, .tooLargeTitle, .tooLargeLead)
        case .unsupportedMediaType:
            notice(415, context, .mediaTypeTitle, .mediaTypeLead)
                .adding("Accept-Post", "application/x-www-form-urlencoded")
        case .ticketRefused(let retry):
            notice(400, context, .linkSpentTitle, .linkSpentLead, link: Link(retry, context.language.say(.startAgain)))
                .setting(PortalCookie.attempt.clearing)
        case .linkRefused(let retry):
            notice(
                400, context, .mailLinkSpentTitle, retry == nil ? .invitationSpentLead : .mailLinkSpentLead,
                link: retry.map { Link($0, context.language.say(.startAgain)) })
        case .signInNeeded(let path, let lostForm):
            .seeOther(
                services.settings.loginURL(
                    [(name: "rd", value: path)] + (lostForm ? [(name: "done", value: PageNote.lost.rawValue)] : [])))
        case .elsewhere(let path): .seeOther(services.settings.publicOrigin.text + path)
        case .accounts(let error): page(for: error, context)
        }
    }

    private func page(for error: AccountsError, _ context: PortalContext) -> PortalResponse {
        switch error {
        case .busy(let retryAfter):
            return notice(503, context, .busyTitle, .busyLead)
                .adding("Retry-After", String(max(1, retryAfter.components.seconds)))
        case .unavailable, .cancelled:
            context.logger.warning(
                "The portal could not reach the accounts.",
                metadata: ["request_id": "\(context.request.requestID)", "error": "\(error.detail)"])
            return notice(503, context, .unavailableTitle, .unavailableLead).adding("Retry-After", "5")
        case .throttled(let retryAfter):
            return notice(429, context, .throttledTitle, .throttledLead)
                .adding("Retry-After", String(max(1, retryAfter.components.seconds)))
        case .registrationClosed: return notice(403, context, .registrationClosedTitle, .registrationClosedLead)
        case .accountsOff: return notice(403, context, .accountsOffTitle, .accountsOffLead)
        case .forbidden, .refused: return notice(403, context, .forbiddenTitle, .forbiddenOther)
        default:
            context.logger.error(
                "The portal met a fault.",
                metadata: ["request_id": "\(context.request.requestID)", "error": "\(error.detail)"])
            return notice(500, context, .faultTitle, .faultLead)
        }
    }

    private func notice(
        _ status: Int, _ context: PortalContext, _ title: Phrase, _ lead: Phrase, link: Link? = nil
    ) -> PortalResponse {
        let language = context.language
        let number = Fact(name: language.say(.requestNumber), value: context.request.requestID, isCode: true)
        return services.pages.notice(
            status, language, title: title,
            Notice(
                paragraphs: [language.say(lead)], facts: [number],
                links: [link ?? Link(PortalPath.home, language.say(.goHome), isSecondary: true)]))
    }
}

extension PortalResponse {
    /// The same answer with one more field.
    func adding(_ name: String, _ value: String) -> PortalResponse {
        var response = self
        response.fields.append((name, value))
        return response
    }
}
