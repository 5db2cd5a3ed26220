package import Identity

/// Makes an account on behalf of an administrator.
package struct CreateUser: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// For global administrators and the command line; administrators of a plant make accounts that hold a role in it,
    /// and no global ones. A password that an administrator gives over the network must be changed at the first sign-in:
    /// that is how people without an address get one.
    ///
    /// - Throws: `forbidden`, `invalid`, `weakPassword`, `notFound` for the plant, `conflict` with the field that is
    ///   taken.
    package func callAsFunction(_ account: NewAccount, by requester: Requester) async throws(AccountsError) -> User {
        try environment.requireAccounts(requester)
        let account = account.normalized
        try check(account)
        var hash: String?
        if let password = account.password {
            hash = try await environment.hash(password, context: [account.username, account.email, account.name])
        }
        let new = NewUser(
            username: account.username, email: account.email, name: account.name, passwordHash: hash,
            mustChangePassword: hash != nil
                && (account.mustChangePassword || requester.channel != .commandLine),
            status: account.status, roles: account.roles)
        return try await environment.transaction { stores throws(AccountsError) in
            let plant = try await plant(for: account, by: requester, stores)
            let user = try await storage { () async throws(StoreError) in try await stores.users.create(new) }
            var details = AuditDetails.of(new: user)
            if new.mustChangePassword { details["password_must_change"] = "yes" }
            try await stores.record(
                environment.event("user.created", by: requester, about: user.id, plant: plant?.id, details: details))
            if let plant, let membership = account.membership {
                try await environment.grant(
                    membership.role, to: user.id, in: plant, until: membership.until, by: requester, stores)
            }
            return user
        }
    }

    /// Where the account is to hold a role, if the requester may make it.
    private func plant(
        for account: NewAccount, by requester: Requester, _ stores: StoresInTransaction
    ) async throws(AccountsError) -> Plant? {
        guard let membership = account.membership else {
            try await Authority(requester, stores, at: environment.clock.now()).requireEverything()
            return nil
        }
        if account.roles != ["user"] {
            try await Authority(requester, stores, at: environment.clock.now()).requireEverything()
        }
        return try await environment.administered(membership.plant, by: requester, stores)
    }

    private func check(_ account: NewAccount) throws(AccountsError) {
        guard account.username != nil || account.email != nil else {
            throw .invalid(field: "user", allowed: "a username, an email address or both are needed")
        }
        if let username = account.username { try TextRules.checkUsername(username) }
        if let email = account.email { try TextRules.checkEmail(email) }
        if let name = account.name { try TextRules.checkName(name) }
        for role in account.roles { try TextRules.checkLabel(role) }
        if let until = account.membership?.until, until <= environment.clock.now() {
            throw .invalid(field: "end of the grant", allowed: "a time to come")
        }
    }
}

/// What is needed to make an account, as an administrator gives it.
package struct NewAccount: Sendable {
    /// A role that the account holds from the beginning.
    package struct Membership: Sendable, Hashable {
        /// A code or id.
        package var plant: String
        package var role: Role
        package var until: Timestamp?

        package init(plant: String, role: Role = .operator, until: Timestamp? = nil) {
            self.plant = plant
            self.role = role
            self.until = until
        }
    }

    package var username: String?
    package var email: String?
    package var name: String?
    /// Nil for a person who will set one later or signs in by other means. Secret.
    package var password: String?
    /// Whether the person has to change it at the first sign-in.
    package var mustChangePassword: Bool
    /// Labels that hold in all plants.
    package var roles: [String]
    package var status: UserStatus
    package var membership: Membership?

    package init(
        username: String? = nil, email: String? = nil, name: String? = nil, password: String? = nil,
        mustChangePassword: Bool = false, roles: [String] = ["user"], status: UserStatus = .active,
        membership: Membership? = nil
    ) {
        self.username = username
        self.email = email
        self.name = name
        self.password = password
        self.mustChangePassword = mustChangePassword
        self.roles = roles
        self.status = status
        self.membership = membership
    }

    /// With names in the one form that lookups use.
    fileprivate var normalized: NewAccount {
        var account = self
        account.username = username?.boundedForm
        account.email = email?.boundedForm
        return account
    }
}

extension NewAccount: CustomReflectable {
    package var customMirror: Mirror { Mirror(self, children: []) }
}
