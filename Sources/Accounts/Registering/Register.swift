import Identity

/// Makes an account for somebody who asks for one.
///
/// An address that has an account already gets the same answer after the same work; its owner is told by mail
/// (OWASP ASVS 5.0, 6.3.8). A former registration that nobody confirmed is filled in anew, and its links end: whoever
/// reads the mailbox confirms what was typed last.
package struct Register: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `registrationClosed`, `accountsOff`, `invalid`, `weakPassword`, `throttled`, `busy`, `unavailable`.
    package func callAsFunction(
        _ form: RegistrationForm, by requester: Requester
    ) async throws(AccountsError) -> RegistrationAnswer {
        try environment.requireAccounts(requester)
        let settings = environment.settings.people
        guard settings.registration == .open else { throw .registrationClosed }
        let form = form.normalized
        try form.check()
        try environment.requireHashingRoom()
        try await MailThrottle.admit(requester, environment)
        let hash = try await environment.hash(form.password, context: [form.email, form.username, form.name])
        let mayReach = try await MailThrottle.mayReach(form.email, environment)
        let new = NewUser(
            username: form.username, email: form.email, name: form.name, passwordHash: hash,
            status: settings.verifyEmail == .required ? .pendingVerification : .active)
        try await environment.transaction { stores throws(AccountsError) in
            let registered = try await storage { () async throws(StoreError) in
                try await stores.users.register(new)
            }
            try await account(for: registered, wish: form.username, mayReach: mayReach, by: requester, stores)
        }
        return settings.verifyEmail == .required ? .checkMail : .signIn
    }

    /// The same operations whatever became of it: a token, a line of the audit log, a mail.
    private func account(
        for registered: RegisteredUser, wish: String?, mayReach: Bool, by requester: Requester,
        _ stores: StoresInTransaction
    ) async throws(AccountsError) {
        let user = registered.user
        let now = environment.clock.now()
        var event = "user.registered"
        var link = MailLink(.verifyEmail, .verifyEmail, at: .verifyEmail)
        var details: [String: String] = [:]
        switch registered {
        case .created, .replaced:
            try await storage { () async throws(StoreError) in
                _ = try await stores.verifications.cancel(of: user.id, purposes: [.verifyEmail], at: now)
            }
            details = AuditDetails.of(new: user)
            if let wish, user.username == nil { details["username_taken"] = wish }
        case .exists:
            try await storage { () async throws(StoreError) in
                _ = try await stores.verifications.cancel(of: user.id, purposes: [], at: now)
            }
            event = "user.registration_refused"
            link = MailLink(.resetPassword, .alreadyRegistered, at: .resetPassword)
            details = ["reason": "address_taken"]
        }
        var values: [String: String] = [:]
        if let taken = details["username_taken"] { values["username_taken"] = taken }
        let needsMail = environment.settings.people.verifyEmail != .off || event == "user.registration_refused"
        try await environment.send(
            link, to: mayReach && needsMail && user.deletedAt == nil ? user : nil, values: values,
            audit: environment.event(event, by: requester, about: user.id, details: details), by: requester, stores)
    }
}

/// What a person fills in to get an account.
package struct RegistrationForm: Sendable {
    package var email: String
    /// Secret.
    package var password: String
    package var name: String?
    /// A wish: where somebody has it, the account is made without one, and the mail says so.
    package var username: String?

    package init(email: String, password: String, name: String? = nil, username: String? = nil) {
        self.email = email
        self.password = password
        self.name = name
        self.username = username
    }
}

extension RegistrationForm: CustomReflectable {
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension RegistrationForm {
    /// With names in the one form that lookups use, and without empty ones.
    fileprivate var normalized: RegistrationForm {
        RegistrationForm(
            email: email.boundedForm, password: password, name: name?.nonEmpty,
            username: username?.boundedForm.nonEmpty)
    }

    fileprivate func check() throws(AccountsError) {
        try TextRules.checkEmail(email)
        if let name { try TextRules.checkName(name) }
        if let username { try TextRules.checkUsername(username) }
    }
}

/// What somebody is told who registered. It follows from the settings alone, never from whether the address is known.
package enum RegistrationAnswer: String, Sendable, Hashable {
    /// `verify_email: required`: a mail is on its way, and only its link opens the account.
    case checkMail = "check_mail"
    /// `optional` or `off`: the person may sign in at once.
    case signIn = "sign_in"
}
