package import Identity
import PasswordHashing

/// Makes an account.
package struct CreateUser: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `invalid`, `weakPassword`, `conflict` with the field that is taken.
    package func callAsFunction(_ account: NewAccount, by requester: Requester) async throws(AccountsError) -> User {
        try check(account)
        let hash: String?
        if let password = account.password {
            try PasswordRules(environment.settings).check(password)
            do { hash = try await environment.passwords.hash(password) } catch { throw AccountsError(error) }
        } else {
            hash = nil
        }
        let new = NewUser(
            username: account.username, email: account.email, name: account.name, passwordHash: hash,
            status: account.status, roles: account.roles)
        let user = try await storage { () async throws(StoreError) in try await environment.users.create(new) }
        try await environment.record(
            "user.created", by: requester, about: user.id, details: ["status": user.status.rawValue])
        return user
    }

    private func check(_ account: NewAccount) throws(AccountsError) {
        guard account.username != nil || account.email != nil else {
            throw .invalid(field: "user", allowed: "a username, an email address or both are needed")
        }
        if let username = account.username { try TextRules.checkUsername(username) }
        if let email = account.email { try TextRules.checkEmail(email) }
        if let name = account.name { try TextRules.checkName(name) }
        for role in account.roles { try TextRules.checkLabel(role) }
    }
}

/// What is needed to make an account, as a person gives it.
package struct NewAccount: Sendable {
    package var username: String?
    package var email: String?
    package var name: String?
    /// Nil for a person who will set one later or signs in by other means.
    package var password: String?
    /// Labels that hold in all plants.
    package var roles: [String]
    package var status: UserStatus

    package init(
        username: String? = nil, email: String? = nil, name: String? = nil, password: String? = nil,
        roles: [String] = ["user"], status: UserStatus = .active
    ) {
        self.username = username
        self.email = email
        self.name = name
        self.password = password
        self.roles = roles
        self.status = status
    }
}
