import HTTPMessage
import Identity
import Policy

/// Answers that say no, and why: to browsers with a page or the way to the login page, to programs with a problem
/// document.
extension Conversation {
    /// Answers a denial of the policy.
    func deny(
        _ denial: Denial, _ exchange: Exchange, _ deployment: Deployment, _ session: CachedSession?,
        _ credential: Credential
    ) async -> Ending {
        exchange.record.refusedBy = denial.route
        exchange.record.shadow = denial.shadow
        exchange.record.outcome = .denied
        exchange.record.code = denial.code
        if case .signInRequired = denial.reason {
            return await askToSignIn(denial, exchange, deployment, credential)
        }
        if denial.status == 400 { exchange.record.outcome = .refused }
        return await explain(
            exchange, status: denial.status, code: denial.code, detail: denial.detail,
            principal: session?.principal, plant: denial.plant, neededRole: denial.neededRole,
            neededGlobalRoles: denial.neededGlobalRoles)
    }

    /// Answers a request that was in order, but cannot be served now.
    func fail(
        _ exchange: Exchange, _ status: Int, _ code: String, _ detail: String, retryAfter: Int? = nil
    ) async -> Ending {
        exchange.record.outcome = .failed
        exchange.record.code = code
        return await explain(
            exchange, status: status, code: code, detail: detail, principal: exchange.record.principal,
            retryAfter: retryAfter)
    }

    /// The path in its normal form with the query as it was sent.
    private func normalTarget(_ exchange: Exchange) -> String {
        exchange.normalPath + (exchange.subject.queryText.map { "?" + $0 } ?? "")
    }

    /// Whether a person waits for a page: here, or where the proxy is that asks for them.
    private func isNavigation(_ exchange: Exchange) -> Bool {
        exchange.subject.method.isRead && exchange.request.fields.askForPage
    }

    /// Whether a page sent a form, and a person waits for what comes of it.
    private func isFormOfPage(_ exchange: Exchange) -> Bool {
        let fields = exchange.request.fields
        guard exchange.subject.method == .post, !exchange.request.callsGRPC else { return false }
        return fields.askForPage && fields.first(.secFetchMode) != nil
    }

    private func askToSignIn(
        _ denial: Denial, _ exchange: Exchange, _ deployment: Deployment, _ credential: Credential
    ) async -> Ending {
        let request = exchange.subject
        let origin = "\(scheme(exchange))://\(request.authority.decoded)"
        let url = origin + normalTarget(exchange)
        let isBodyless = exchange.request.method == .head
        var redirection: [(name: String, value: String)] = []
        if isNavigation(exchange) {
            let redirect = SignInRedirect(
                publicURL: deployment.publicURL,
                isPublicHost: deployment.isPublic(host: request.host), url: url, fallback: origin + "/",
                random: SystemRandomSource(), digest: digest)
            redirection.append(("Location", redirect.loginURL))
            if let cookie = redirect.attemptCookie { redirection.append(("Set-Cookie", cookie)) }
            // nginx makes a redirect of it itself.
            if exchange.inquiry?.form != .authRequest {
                let response = LocalResponse(status: 302, fields: redirection)
                return await send(response, exchange, bodyless: isBodyless, mayKeep: true)
            }
        }
        if let page = await lostFormPage(denial, exchange) {
            return await send(page, exchange, bodyless: false, mayKeep: true)
        }
        var problem = ProblemDocument(
            status: 401, code: denial.code, detail: "Sign in to go on.", requestID: exchange.record.id.description,
            decisionID: exchange.record.id.decisionText)
        problem.loginURL = SignInRedirect.plainURL(publicURL: deployment.publicURL, url: url)
        var response = problem.response(to: exchange)
        response.fields += redirection
        let wasTried = exchange.request.fields.first(.authorization) != nil && credential.wasPresented
        response.fields.append(
            (
                "WWW-Authenticate",
                wasTried ? "Bearer realm=\"gatehouse\", error=\"invalid_token\"" : "Bearer realm=\"gatehouse\""
            ))
        return await send(response, exchange, bodyless: isBodyless, mayKeep: true)
    }

    /// The page for somebody who sent a form after their session was over: it did not reach the application, and they
    /// have to know. Nil for everything that is no form sent by a page.
    private func lostFormPage(_ denial: Denial, _ exchange: Exchange) async -> LocalResponse? {
        guard isFormOfPage(exchange) else { return nil }
        var page = errorPage(exchange, status: 401, code: denial.code, detail: "Sign in to go on.")
        page.lostForm = true
        guard var response = await ask(for: page) else { return nil }
        response.fields.append(("WWW-Authenticate", "Bearer realm=\"gatehouse\""))
        return response
    }

    private func errorPage(_ exchange: Exchange, status: Int, code: String, detail: String) -> ErrorPage {
        ErrorPage(
            status: status, code: code, detail: detail, requestID: exchange.record.id.description,
            decisionID: exchange.record.id.decisionText, scheme: scheme(exchange),
            host: exchange.subject.authority.decoded, target: normalTarget(exchange),
            acceptLanguage: exchange.request.acceptLanguage)
    }

    /// Has the page made off the worker's loop. Who makes it may be what fails; then a document without adornment does.
    private func ask(for page: ErrorPage) async -> LocalResponse? {
        let responder = state.responder
        guard
            case .done(let made) = await state.pages.run(
                within: timeouts.errorPage, { await responder.errorPage(page) })
        else { return nil }
        return made
    }

    /// Says why there is nothing else to see: a page for a person, a problem document for a program.
    func explain(
        _ exchange: Exchange, status: Int, code: String, detail: String, principal: Principal?, plant: String? = nil,
        neededRole: Role? = nil, neededGlobalRoles: [String] = [], retryAfter: Int? = nil
    ) async -> Ending {
        var response: LocalResponse?
        let status = exchange.inquiry?.status(ofRefusal: status) ?? status
        if isNavigation(exchange) {
            var page = errorPage(exchange, status: status, code: code, detail: detail)
            page.principal = principal
            page.plant = plant
            page.neededRole = neededRole
            page.neededGlobalRoles = neededGlobalRoles
            response = await ask(for: page)
        }
        if response == nil {
            var problem = ProblemDocument(
                status: status, code: code, detail: detail, requestID: exchange.record.id.description,
                decisionID: exchange.record.id.decisionText)
            problem.plant = plant
            problem.neededRole = neededRole?.description
            problem.neededGlobalRoles = neededGlobalRoles
            response = problem.response(to: exchange)
        }
        guard var response else { return .abort }
        if let retryAfter { response.fields.append(("Retry-After", String(retryAfter))) }
        return await send(
            response, exchange, bodyless: exchange.request.method == .head, mayKeep: status != 400)
    }
}

extension Credential {
    /// Whether the request came with something that should have been a credential.
    var wasPresented: Bool { if case .none = self { false } else { true } }
}

extension RequestHead {
    /// Whether a person waits for a page: a `GET` or `HEAD` that accepts HTML and that the browser, if it says, made
    /// for a top-level navigation (Fetch Metadata).
    var isNavigation: Bool { method.isRead && fields.askForPage }

    /// The languages that a person asks for, as sent. Looked for by name: only what people see asks for it.
    fileprivate var acceptLanguage: String? {
        let fields = fields
        for index in 0..<fields.count where fields.name(index).isEqualIgnoringCase(to: "accept-language") {
            return fields.value(index).decoded
        }
        return nil
    }

    /// The query as it was sent, without its `?`.
    var queryText: String? {
        guard let query else { return nil }
        return query.decoded
    }

}

extension Method {
    /// Whether it is one by which pages are loaded.
    var isRead: Bool { self == .get || self == .head }
}

extension FieldBlock {
    /// Whether these are the fields of a request for a page: one that accepts HTML, and that the browser, if it says,
    /// makes for a top-level navigation.
    var askForPage: Bool {
        guard let accept = first(.accept), value(accept).containsIgnoringCase("text/html") else { return false }
        if let mode = first(.secFetchMode), !value(mode).isEqualIgnoringCase(to: "navigate") { return false }
        if let place = first(.secFetchDest), !value(place).isEqualIgnoringCase(to: "document") { return false }
        return true
    }
}

extension Span<UInt8> {
    /// Whether `text`, in lower case, stands somewhere in these bytes.
    func containsIgnoringCase(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard length <= count else { return false }
        return text.withUTF8Buffer { wanted in
            for start in 0...(count - length) {
                var index = 0
                while index < length, unsafe self[start + index].lowercasedASCII == wanted[index] { index += 1 }
                if index == length { return true }
            }
            return false
        }
    }
}
