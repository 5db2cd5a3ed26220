package import Identity

/// Changes what the person who is signed in tells of themselves.
package struct UpdateProfile: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `invalid`; `conflict` for a username that somebody has; `refused` for an API token.
    @discardableResult
    package func callAsFunction(
        _ changes: ProfileChanges, of present: AuthenticatedSession, by requester: Requester
    ) async throws(AccountsError) -> User {
        try environment.requireAccounts(requester)
        try present.requirePerson()
        let id = present.principal.userID
        let changes = try changes.checked()
        return try await environment.transaction { stores throws(AccountsError) in
            let before = try await stores.locked(id)
            let after = try await storage { () async throws(StoreError) in
                try await stores.users.update(id, changes)
            }
            let details = AuditDetails.of(before, after)
            guard !details.isEmpty else { return after }
            try await stores.record(
                environment.event("user.profile_updated", by: requester, about: id, details: details))
            return after
        }
    }
}

/// The fields of a profile that are to change.
package struct ProfileChanges: Sendable, Hashable {
    /// What becomes of a field.
    package enum Change: Sendable, Hashable {
        case keep
        /// Nil empties it.
        case set(String?)
    }

    package var username: Change
    package var name: Change
    package var firstName: Change
    package var lastName: Change
    package var phone: Change

    package init(
        username: Change = .keep, name: Change = .keep, firstName: Change = .keep, lastName: Change = .keep,
        phone: Change = .keep
    ) {
        self.username = username
        self.name = name
        self.firstName = firstName
        self.lastName = lastName
        self.phone = phone
    }
}

extension ProfileChanges {
    /// What the store is to do, if the rules allow it.
    fileprivate func checked() throws(AccountsError) -> [UserChange] {
        var all: [UserChange] = []
        if case .set(let text) = username {
            let text = text?.boundedForm.nonEmpty
            if let text { try TextRules.checkUsername(text) }
            all.append(.username(text))
        }
        if case .set(let text) = name {
            if let text = text?.nonEmpty { try TextRules.checkName(text) }
            all.append(.name(text?.nonEmpty))
        }
        if case .set(let text) = firstName {
            if let text = text?.nonEmpty { try TextRules.checkName(text, field: "first name") }
            all.append(.firstName(text?.nonEmpty))
        }
        if case .set(let text) = lastName {
            if let text = text?.nonEmpty { try TextRules.checkName(text, field: "last name") }
            all.append(.lastName(text?.nonEmpty))
        }
        if case .set(let text) = phone {
            if let text = text?.nonEmpty { try TextRules.checkPhone(text) }
            all.append(.phone(text?.nonEmpty))
        }
        return all
    }
}
