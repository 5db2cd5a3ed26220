package import Identity

/// Offers somebody a role in a plant, by mail.
package struct InviteUser: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For administrators of the plant, global administrators and the command line. It holds only as long as whoever
    /// invites may grant the role. The answer is the same whether or not the address has an account.
    ///
    /// - Parameters:
    ///   - plant: a code or id.
    ///   - until: when the role ends; nil is for good.
    /// - Throws: `forbidden`, `notFound`, `invalid`, `throttled`; `registrationClosed` where
    ///   `accounts.registration` is `closed`.
    @discardableResult
    package func callAsFunction(
        _ email: String, to plant: String, as role: Role, until: Timestamp? = nil, by requester: Requester
    ) async throws(AccountsError) -> Invitation {
        try environment.requireAccounts(requester)
        let people = environment.settings.people
        guard people.registration != .closed else { throw .registrationClosed }
        let email = email.boundedForm
        try TextRules.checkEmail(email)
        let now = environment.clock.now()
        if let until, until <= now { throw .invalid(field: "end of the grant", allowed: "a time to come") }
        if let user = requester.user { try await MailThrottle.admit(by: user, environment) }
        let token = Token(.invitation, from: environment.random)
        return try await environment.transaction(.plant) { stores throws(AccountsError) in
            let plant = try await environment.administered(plant, by: requester, stores)
            let new = NewInvitation(
                email: email, plantID: plant.id, role: role, roleUntil: until, invitedBy: requester.user,
                token: TokenHash(of: token), expiresAt: now + people.invitationLifetime)
            let (invitation, inviter) = try await storage(.plant) { () async throws(StoreError) in
                var inviter: User?
                if let user = requester.user { inviter = try await stores.users.find(id: user) }
                return (try await stores.invitations.create(new, at: now), inviter)
            }
            try await stores.record(
                environment.event(
                    "invitation.sent", by: requester, about: nil, plant: plant.id,
                    details: [
                        "invitation": invitation.id.description, "email": email, "plant": plant.code,
                        "role": role.description,
                    ]))
            var values = ["plant": plant.name, "role": role.description]
            if let name = inviter?.name ?? inviter?.username { values["inviter"] = name }
            try await stores.enqueue(
                MailEvent(
                    .invitation, to: email, userID: nil, language: requester.language,
                    link: AccountLink.invitation.url(token, people), expiresAt: invitation.expiresAt,
                    values: values))
            return invitation
        }
    }
}
