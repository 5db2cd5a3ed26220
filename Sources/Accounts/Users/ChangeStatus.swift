import Identity

extension StoresInTransaction {
    /// Takes a locked account to where a transition leads.
    func move(
        _ user: User, _ transition: (AccountState) throws(StatusRefusal) -> AccountState
    ) async throws(AccountsError) -> User {
        let next: AccountState
        do { next = try transition(user.state) } catch { throw .refused(error.description) }
        guard next != user.state else { return user }
        return try await storage { () async throws(StoreError) in
            switch (user.state, next) {
            case (.deleted, _): return try await users.restore(user.id.description)
            case (_, .deleted):
                try await users.delete(user.id)
                return try await users.lock(user.id) ?? user
            default: return try await users.setStatus(user.id, next.status)
            }
        }
    }
}

extension AccountsEnvironment {
    /// Changes the status of an account on behalf of an administrator, and accounts for it.
    func changeStatus(
        of reference: String, event name: String, by requester: Requester,
        _ transition: (AccountState) throws(StatusRefusal) -> AccountState
    ) async throws(AccountsError) -> User {
        try requireAccounts(requester)
        return try await transaction { stores throws(AccountsError) in
            let authority = try await Authority(requester, stores, at: clock.now())
            try authority.requireEverything()
            let found = try await authority.find(reference, stores)
            let before = try await stores.locked(found.id)
            let after = try await stores.move(before, transition)
            try await stores.record(
                event(name, by: requester, about: found.id, details: AuditDetails.of(before, after)))
            if after.state == .deleted { try await notify(before, .accountDeleted, by: requester, stores) }
            return after
        }
    }
}
