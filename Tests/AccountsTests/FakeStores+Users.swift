import GatehouseTesting
import Identity
import Synchronization

@testable import Accounts

extension FakeStores: UserStore {
    func create(_ new: NewUser) async throws(StoreError) -> User {
        let now = clock.now()
        return try call("users.create") { state in
            if let name = new.username, state.account(where: { $0.username?.lowercased() == name.lowercased() }) != nil
            {
                return .failure(.conflict(field: "username"))
            }
            if let email = new.email, state.account(where: { $0.email?.lowercased() == email.lowercased() }) != nil {
                return .failure(.conflict(field: "email"))
            }
            let user = User(
                id: UserID(state.nextID()), username: new.username, email: new.email, name: new.name,
                status: new.status, roles: new.roles, createdAt: now, updatedAt: now)
            state.accounts[user.id] = Account(user: user, passwordHash: new.passwordHash)
            return .success(user)
        }
    }

    func find(id: UserID) async throws(StoreError) -> User? {
        try call("users.find") { state in .success(state.account { $0.id == id }?.user) }
    }

    func find(username: String) async throws(StoreError) -> User? {
        try call("users.find") { state in
            .success(state.account { $0.username?.lowercased() == username.lowercased() }?.user)
        }
    }

    func find(email: String) async throws(StoreError) -> User? {
        try call("users.find") { state in .success(state.account { $0.email?.lowercased() == email.lowercased() }?.user)
        }
    }

    /// Without being written down: it follows from what called it.
    func lock(_ id: UserID) async throws(StoreError) -> User? { state.withLock { $0.accounts[id]?.user } }

    func credentials(login: String, from address: String?) async throws(StoreError) -> UserCredentials? {
        try call("users.credentials") { state in
            let login = login.lowercased()
            let account =
                state.account { $0.username?.lowercased() == login }
                ?? state.account { $0.email?.lowercased() == login }
            return .success(account.map { UserCredentials(user: $0.user, passwordHash: $0.passwordHash) })
        }
    }

    func credentials(of id: UserID, from address: String?) async throws(StoreError) -> UserCredentials? {
        try call("users.credentials") { state in
            let account = state.account { $0.id == id }
            return .success(account.map { UserCredentials(user: $0.user, passwordHash: $0.passwordHash) })
        }
    }

    // What is about more than these is tested over `MemoryStores`.
    func register(_ user: NewUser) async throws(StoreError) -> RegisteredUser { throw .refused("not here") }
    func list(_ filter: UserFilter) async throws(StoreError) -> [ListedUser] { [] }
    func count(_ filter: UserFilter) async throws(StoreError) -> Int { 0 }
    func listed(_ id: UserID) async throws(StoreError) -> ListedUser? { nil }

    func list(activeOnly: Bool, offset: Int, limit: Int) async throws(StoreError) -> [User] {
        try call("users.list") { state in
            let users = state.accounts.values.map(\.user).filter { $0.deletedAt == nil && (!activeOnly || $0.isActive) }
            let sorted = users.sorted { $0.id.value.low < $1.id.value.low }
            return .success(Array(sorted.dropFirst(offset).prefix(limit)))
        }
    }

    func count(activeOnly: Bool) async throws(StoreError) -> Int {
        try await list(activeOnly: activeOnly, offset: 0, limit: .max).count
    }

    /// Changes nothing: no test over these stores looks at what an update sets.
    func update(_ id: UserID, _ changes: [UserChange]) async throws(StoreError) -> User {
        guard let account = state.withLock({ $0.accounts[id] }) else { throw .notFound }
        return account.user
    }

    func setPasswordHash(
        _ id: UserID, _ hash: String?, keeping session: SessionID?
    ) async throws(StoreError) -> Int {
        try call("users.setPasswordHash") { state in
            guard state.accounts[id] != nil else { return .failure(.notFound) }
            state.accounts[id]?.passwordHash = hash
            return .success(state.endSessions(of: id, except: session))
        }
    }

    func renewPasswordHash(_ id: UserID, from old: String, to new: String) async throws(StoreError) {
        try call("users.renewPasswordHash") { state -> Result<Void, StoreError> in
            if state.accounts[id]?.passwordHash == old { state.accounts[id]?.passwordHash = new }
            return .success(())
        }
    }

    func setStatus(_ id: UserID, _ status: UserStatus) async throws(StoreError) -> User {
        try call("users.setStatus") { state in
            guard var account = state.accounts[id], account.user.deletedAt == nil else { return .failure(.notFound) }
            account.user.status = status
            state.accounts[id] = account
            if status == .suspended { _ = state.endSessions(of: id) }
            return .success(account.user)
        }
    }

    func delete(_ id: UserID) async throws(StoreError) {
        let now = clock.now()
        try call("users.delete") { state -> Result<Void, StoreError> in
            guard state.accounts[id]?.user.deletedAt == nil else { return .failure(.notFound) }
            state.accounts[id]?.user.deletedAt = now
            state.accounts[id]?.user.status = .suspended
            _ = state.endSessions(of: id)
            return .success(())
        }
    }

    func restore(_ reference: String) async throws(StoreError) -> User {
        try call("users.restore") { state in
            let found = state.accounts.values.first { $0.user.deletedAt != nil && $0.user.username == reference }
            guard var account = found else { return .failure(.notFound) }
            account.user.deletedAt = nil
            state.accounts[account.user.id] = account
            return .success(account.user)
        }
    }

    func recordSignIn(_ id: UserID, at: Timestamp) async throws(StoreError) {
        try call("users.recordSignIn") { state in
            state.accounts[id]?.user.lastLoginAt = at
            return .success(())
        }
    }
}

/// Without undoing anything: `MemoryStores` do that, and their conformance suite shows it.
extension FakeStores: UnitOfWork {
    func perform<Answer: Sendable>(
        _ body: (StoresInTransaction) async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        let memory = MemoryStores(clock: clock)
        return try await body(
            StoresInTransaction(
                users: self, plants: self, roles: self, verifications: memory.verifications,
                invitations: memory.invitations, identities: memory.identities, audit: self, outbox: memory.outbox))
    }
}
