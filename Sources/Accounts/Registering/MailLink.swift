import Identity

/// A link to be sent by mail: what its token proves, which mail carries it, and where it leads.
struct MailLink: Sendable {
    let purpose: VerificationPurpose
    let kind: MailEvent.Kind
    let place: AccountLink

    init(_ purpose: VerificationPurpose, _ kind: MailEvent.Kind, at place: AccountLink) {
        self.purpose = purpose
        self.kind = kind
        self.place = place
    }
}

extension AccountsEnvironment {
    /// Makes a token, accounts for it and enqueues the mail that carries it, as part of a transaction.
    ///
    /// Without a user it does as much and sends nothing, so that the time tells nobody who has an account (OWASP ASVS
    /// 5.0, 6.3.8): the same operations in the same order, on a user whom nobody has.
    ///
    /// - Parameter address: where to, if not to the account's present address.
    func send(
        _ link: MailLink, to user: User?, at address: String? = nil, values: [String: String] = [:],
        audit: AuditEvent, by requester: Requester, _ stores: StoresInTransaction
    ) async throws(AccountsError) {
        let token = Token(.verification, from: random)
        let people = settings.people
        let expiresAt =
            clock.now() + (link.purpose == .resetPassword ? people.resetLifetime : people.verificationLifetime)
        let recipient = address ?? user?.email
        let target = recipient == nil ? nil : user
        let id = target?.id ?? UserID(.random(from: random))
        let new = NewVerification(
            userID: id, purpose: link.purpose, email: recipient ?? "nobody@invalid", token: TokenHash(of: token),
            expiresAt: expiresAt)
        do { try await stores.verifications.create(new) } catch .notFound where target == nil {
            // As it should be.
        } catch { throw AccountsError(error) }
        try await stores.record(audit)
        guard let target, let recipient else {
            _ = try await storage { () async throws(StoreError) in try await stores.users.find(id: id) }
            return
        }
        var values = values
        if let name = target.name ?? target.username { values["name"] = name }
        if let address = requester.ipAddress { values["ip_address"] = address }
        try await stores.enqueue(
            MailEvent(
                link.kind, to: recipient, userID: target.id, language: requester.language,
                link: link.place.url(token, people), expiresAt: expiresAt, values: values))
    }

    /// Tells a person what happened to their account, if they have an address.
    func notify(
        _ user: User, _ kind: MailEvent.Kind, at address: String? = nil, values: [String: String] = [:],
        by requester: Requester, _ stores: StoresInTransaction
    ) async throws(AccountsError) {
        guard let recipient = address ?? user.email else { return }
        var values = values
        if let name = user.name ?? user.username { values["name"] = name }
        if let address = requester.ipAddress { values["ip_address"] = address }
        try await stores.enqueue(
            MailEvent(kind, to: recipient, userID: user.id, language: requester.language, values: values))
    }
}

extension String {
    /// Nil for an empty text, which is how a form leaves a field out.
    var nonEmpty: String? { isEmpty ? nil : self }
}
