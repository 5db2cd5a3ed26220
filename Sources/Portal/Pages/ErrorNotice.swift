import Identity

/// Puts an error into words, and says what to do about it.
struct ErrorNotice: Sendable {
    private let page: PortalErrorPage
    private let language: Language

    init(_ page: PortalErrorPage) {
        self.page = page
        language = Language(acceptLanguage: page.acceptLanguage)
    }

    func response(_ pages: Pages) -> PortalResponse {
        switch page.status {
        case 401 where page.lostForm: pages.notice(401, language, title: .lostTitle, lost)
        case 403: pages.notice(403, language, title: .forbiddenTitle, refusal)
        case 404: pages.notice(404, language, title: .notFoundTitle, plain(language.say(.notFoundLead)))
        case 413: pages.notice(413, language, title: .tooLargeTitle, plain(language.say(.tooLargeLead)))
        case 400: pages.notice(400, language, title: .badRequestTitle, plain(page.detail))
        case 502, 504: upstreamDown(pages)
        case 503 where page.code.hasPrefix("upstream"): upstreamDown(pages)
        case 503 where page.code == "busy":
            pages.notice(503, language, title: .crowdedTitle, retrying([language.say(.crowdedLead)]))
        case 503:
            pages.notice(503, language, title: .unavailableTitle, retrying([language.say(.unavailableLead)]))
        case 500: pages.notice(500, language, title: .faultTitle, plain(language.say(.faultLead)))
        default: pages.notice(page.status, language, title: .otherTitle, plain(page.detail))
        }
    }

    // MARK: Refused

    /// Who you are, what is needed, what you hold, and whom to ask.
    private var refusal: Notice {
        var notice = Notice(paragraphs: [language.say(page.neededRole == nil ? .forbiddenOther : .forbiddenRole)])
        if page.neededRole == nil, page.neededGlobalRoles.isEmpty, !page.detail.isEmpty {
            notice.paragraphs.append(page.detail)
        }
        if let principal = page.principal {
            notice.facts.append(Fact(name: language.say(.signedInAs), value: principal.shownLogin))
        }
        if let plant = page.plant {
            notice.facts.append(Fact(name: language.say(.plant), value: plant))
        }
        if let role = page.neededRole {
            let name = language.name(of: role)
            let needed = role == .admin ? name : language.say(.orHigher, ["role": name])
            notice.facts.append(Fact(name: language.say(.neededRole), value: needed))
            notice.facts.append(Fact(name: language.say(.yourRole), value: heldRole))
        }
        if !page.neededGlobalRoles.isEmpty {
            let listed = page.neededGlobalRoles.joined(separator: ", ")
            notice.facts.append(Fact(name: language.say(.neededGlobalRoles), value: listed))
            let held = page.principal?.globalRoles ?? []
            notice.facts.append(
                Fact(
                    name: language.say(.yourGlobalRoles),
                    value: held.isEmpty ? language.say(.noRole) : held.joined(separator: ", ")))
        }
        if !page.decisionID.isEmpty {
            notice.facts.append(Fact(name: language.say(.decisionNumber), value: page.decisionID, isCode: true))
        }
        notice.advice =
            page.plant.map { language.say(.forbiddenAskPlant, ["plant": $0]) } ?? language.say(.forbiddenAsk)
        let back = page.target.flatMap(ReturnTargets.path) ?? "/"
        let login = PortalPath.login + PercentEncoding.query([("switch", "1"), ("rd", back)])
        notice.links = [Link(login, language.say(.signInAsSomebodyElse), isSecondary: true)]
        return notice
    }

    /// The session was over when a form came: it was not passed on, and the person has to know.
    private var lost: Notice {
        var notice = Notice(paragraphs: [language.say(.lostLead)])
        notice.advice = language.say(.lostAdvice)
        let login = PortalPath.login + PercentEncoding.query([("rd", "/")])
        notice.links = [Link(login, language.say(.signIn))]
        return notice
    }

    /// The role that the person holds in the plant of the request, as the page says it.
    private var heldRole: String {
        let membership = page.principal?.memberships.first {
            $0.plantCode == page.plant || $0.plantID.description == page.plant
        }
        return membership.map { language.name(of: $0.role) } ?? language.say(.noRole)
    }

    // MARK: Out of order

    private func upstreamDown(_ pages: Pages) -> PortalResponse {
        let (title, lead): (Phrase, Phrase) =
            switch page.code {
            case "upstream_busy": (.upstreamBusyTitle, .upstreamBusyLead)
            case "upstream_timeout": (.upstreamSlowTitle, .upstreamSlowLead)
            case "upstream_closed", "upstream_malformed": (.upstreamBadTitle, .upstreamBadLead)
            default: (.upstreamDownTitle, .upstreamDownLead)
            }
        let paragraphs = [language.say(lead, ["host": page.host]), language.say(.gatewayFine)]
        return pages.notice(page.status, language, title: title, retrying(paragraphs))
    }

    private func retrying(_ paragraphs: [String]) -> Notice {
        var notice = plain("")
        notice.paragraphs = paragraphs
        notice.advice = language.say(.tryAgainHint)
        // An empty reference is this page's own address (RFC 3986, section 4.4): the link asks for it again.
        notice.links = [Link("", language.say(.tryAgain))]
        return notice
    }

    private func plain(_ text: String) -> Notice {
        let number = Fact(name: language.say(.requestNumber), value: page.requestID, isCode: true)
        return Notice(paragraphs: text.isEmpty ? [] : [text], facts: page.requestID.isEmpty ? [] : [number])
    }
}
