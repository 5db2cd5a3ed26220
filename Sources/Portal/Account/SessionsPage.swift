import Accounts
import Identity

/// Where a person is signed in, and the buttons that end it.
struct SessionsPage: Sendable {
    let services: PortalServices

    /// GET.
    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let member = try await services.member(context)
        let sessions = try await account { () async throws(AccountsError) in
            try await ListOwnSessions(services.accounts)(member.session)
        }
        let language = context.language
        let guarding = FormGuard(context.cookies, random: services.accounts.random)
        let sheet = SessionsSheet(
            language, sessions, csrf: guarding.secret, note: PageNote.text(context))
        let response = services.pages.answer(
            200, .sessions,
            Sheet(
                language, title: language.say(.sessionsTitle), isWide: true, branding: services.pages.branding,
                page: sheet),
            policy: .ownForms)
        return guarding.cookie.map(response.setting) ?? response
    }

    /// POST: ends one. One that is over already is no error: it is what was wanted.
    @Sendable func end(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let (member, form) = try await services.memberForm(context)
        guard let id = form["session"].flatMap({ SessionID($0) }) else { throw .malformed }
        do {
            try await RevokeOwnSession(services.accounts)(id, of: member.session, by: member.requester)
        } catch .notFound {
        } catch {
            throw .accounts(error)
        }
        return id == member.session.sessionID
            ? signedOut : .seeOther(PageNote.ended.on(AccountTab.sessions.path))
    }

    /// POST: ends all but this one.
    @Sendable func endOthers(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let (member, _) = try await services.memberForm(context)
        _ = try await account { () async throws(AccountsError) in
            try await SignOutElsewhere(services.accounts)(member.session, by: member.requester)
        }
        return .seeOther(PageNote.everywhere.on(AccountTab.sessions.path))
    }

    /// POST: ends all.
    @Sendable func endAll(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        let (member, _) = try await services.memberForm(context)
        _ = try await account { () async throws(AccountsError) in
            try await SignOutEverywhere(services.accounts)(member.session, by: member.requester)
        }
        return signedOut
    }

    private var signedOut: PortalResponse {
        PortalResponse.seeOther(PortalPath.logout)
            .setting(PortalCookie.session.clearing)
            .setting(PortalCookie.formGuard.clearing)
    }
}

/// The list of sessions as the template shows it.
private struct SessionsSheet: Sendable {
    struct Row: Sendable {
        let id: String
        let device: String
        let address: String?
        let lastUsed: String
        let lastUsedISO: String
        let began: String
        let beganISO: String
        let isPresent: Bool
        let isProgram: Bool
        /// What the button says to those who do not see which row it is in.
        let endLabel: String
    }

    let csrf: String
    let note: String?
    let sessions: [Row]
    let hasOthers: Bool
    let tabs: [AccountTab.Shown]

    init(_ language: Language, _ sessions: [OwnSession], csrf: String, note: String?) {
        self.csrf = csrf
        self.note = note
        tabs = AccountTab.sessions.all(language)
        hasOthers = sessions.contains { !$0.isPresent }
        self.sessions = sessions.map { own in
            let device = language.name(of: own.device)
            return Row(
                id: own.session.id.description, device: device, address: own.session.ipAddress,
                lastUsed: own.session.lastUsedAt.minute, lastUsedISO: own.session.lastUsedAt.iso,
                began: own.session.issuedAt.minute, beganISO: own.session.issuedAt.iso, isPresent: own.isPresent,
                isProgram: own.session.isAPIClient, endLabel: language.say(.sessionEndLabel, ["device": device]))
        }
    }
}

extension Language {
    /// What a person would call a device.
    func name(of device: Device) -> String {
        switch (device.program, device.system) {
        case (let program?, let system?): say(.deviceOn, ["program": program, "system": system])
        case (let program?, nil): program
        case (nil, let system?): system
        case (nil, nil): say(.deviceUnknown)
        }
    }
}
