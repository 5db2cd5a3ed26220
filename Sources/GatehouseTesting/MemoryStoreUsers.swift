package import Identity
import Store

/// Accounts in memory.
package struct MemoryUserStore: UserStore {
    let database: MemoryDatabase

    package func create(_ new: NewUser) async throws(StoreError) -> User {
        try FieldRules.check(new)
        let id = UserID(database.newID())
        return try database.transaction { tables, now throws(StoreError) in
            let user = User(
                id: id, username: new.username, email: new.email, name: new.name, firstName: new.firstName,
                lastName: new.lastName, phone: new.phone, status: new.status, emailVerifiedAt: new.emailVerifiedAt,
                roles: new.roles, stripeCustomerID: new.stripeCustomerID, createdAt: now, updatedAt: now)
            try tables.checkUser(user)
            try MemoryTables.checkPassword(new.passwordHash, mustChange: new.mustChangePassword)
            tables.users[id] = MemoryTables.UserRow(
                user: user, passwordHash: new.passwordHash, mustChangePassword: new.mustChangePassword)
            return user
        }
    }

    package func lock(_ id: UserID) async throws(StoreError) -> User? {
        try database.look { tables, _ in tables.users[id]?.user }
    }

    package func find(id: UserID) async throws(StoreError) -> User? {
        try database.look { tables, _ in tables.user(id)?.user }
    }

    package func find(username: String) async throws(StoreError) -> User? {
        try FieldRules.checkSearch(username)
        return try database.look { tables, _ in tables.user(username: username)?.user }
    }

    package func find(email: String) async throws(StoreError) -> User? {
        try FieldRules.checkSearch(email)
        return try database.look { tables, _ in tables.user(email: email)?.user }
    }

    package func credentials(login: String, from address: String?) async throws(StoreError) -> UserCredentials? {
        try FieldRules.checkSearch(login)
        return try database.look { tables, now in
            (tables.user(username: login) ?? tables.user(email: login)).map {
                tables.credentials($0, from: address, at: now)
            }
        }
    }

    package func credentials(of id: UserID, from address: String?) async throws(StoreError) -> UserCredentials? {
        try database.look { tables, now in
            tables.user(id).map { tables.credentials($0, from: address, at: now) }
        }
    }

    package func list(activeOnly: Bool, offset: Int, limit: Int) async throws(StoreError) -> [User] {
        try FieldRules.checkPage(offset: offset, limit: limit)
        return try database.look { tables, _ in
            Array(tables.list(activeOnly: activeOnly).dropFirst(offset).prefix(limit))
        }
    }

    package func count(activeOnly: Bool) async throws(StoreError) -> Int {
        try database.look { tables, _ in tables.list(activeOnly: activeOnly).count }
    }

    package func update(_ id: UserID, _ changes: [UserChange]) async throws(StoreError) -> User {
        for change in changes { try FieldRules.check(change) }
        return try database.transaction { tables, now throws(StoreError) in
            guard var row = tables.user(id) else { throw .notFound }
            let (email, verifiedAt) = (row.user.email, row.user.emailVerifiedAt)
            for change in changes { row.apply(change) }
            let isSameAddress = row.user.email.map(MemoryTables.folded) == email.map(MemoryTables.folded)
            if !isSameAddress, row.user.emailVerifiedAt == verifiedAt { row.user.emailVerifiedAt = nil }
            row.user.updatedAt = now
            try tables.checkUser(row.user)
            try MemoryTables.checkPassword(row.passwordHash, mustChange: row.mustChangePassword)
            tables.users[id] = row
            return row.user
        }
    }

    package func setPasswordHash(
        _ id: UserID, _ hash: String?, keeping session: SessionID?
    ) async throws(StoreError) -> Int {
        try FieldRules.check(hash, .passwordHash)
        return try database.transaction { tables, now throws(StoreError) -> Int in
            guard let row = tables.user(id) else { throw .notFound }
            try MemoryTables.checkPassword(hash, mustChange: row.mustChangePassword)
            let isSame = tables.users[id]?.passwordHash == hash
            tables.users[id]?.passwordHash = hash
            tables.users[id]?.user.updatedAt = now
            return isSame ? 0 : tables.endSessions(of: id, except: session, reason: .passwordChanged, at: now)
        }
    }

    package func renewPasswordHash(_ id: UserID, from old: String, to new: String) async throws(StoreError) {
        try FieldRules.check(new, .passwordHash)
        try database.transaction { tables, now in
            guard tables.user(id) != nil, tables.users[id]?.passwordHash == old else { return }
            tables.users[id]?.passwordHash = new
            tables.users[id]?.user.updatedAt = now
        }
    }

    package func setStatus(_ id: UserID, _ status: UserStatus) async throws(StoreError) -> User {
        try database.transaction { tables, now throws(StoreError) in
            guard var user = tables.users[id]?.user else { throw .notFound }
            if user.deletedAt != nil { throw ModelRules.refusal("users_restore_first") }
            if user.status == .suspended, status == .pendingVerification {
                throw ModelRules.refusal("users_status_transition")
            }
            if status == .suspended, user.status != .suspended {
                _ = tables.endSessions(of: id, reason: .userSuspended, at: now)
                tables.cancelVerifications(of: id)
            }
            user.status = status
            user.updatedAt = now
            tables.users[id]?.user = user
            return user
        }
    }

    package func delete(_ id: UserID) async throws(StoreError) {
        _ = try database.transaction { tables, now throws(StoreError) in
            guard tables.user(id) != nil else { throw .notFound }
            tables.users[id]?.user.status = .suspended
            tables.users[id]?.user.deletedAt = now
            tables.users[id]?.user.updatedAt = now
            for (token, row) in tables.apiTokens where row.record.userID == id && row.record.revokedAt == nil {
                tables.apiTokens[token]?.record = row.record.revoked(at: now)
            }
            tables.cancelVerifications(of: id)
            return tables.endSessions(of: id, reason: .userDeleted, at: now)
        }
    }

    package func restore(_ reference: String) async throws(StoreError) -> User {
        try FieldRules.checkSearch(reference)
        return try database.transaction { tables, now throws(StoreError) in
            let key = MemoryTables.folded(reference)
            let found = tables.users.values.first {
                $0.user.username.map(MemoryTables.folded) == key || $0.user.email.map(MemoryTables.folded) == key
                    || $0.user.id == UserID(reference)
            }
            guard var user = found?.user else { throw .notFound }
            guard user.deletedAt != nil else { throw ModelRules.notDeleted }
            user.deletedAt = nil
            user.updatedAt = now
            tables.users[user.id]?.user = user
            return user
        }
    }

    package func recordSignIn(_ id: UserID, at moment: Timestamp) async throws(StoreError) {
        _ = try change(id) { user, _ in user.lastLoginAt = max(user.lastLoginAt ?? moment, moment) }
    }

    /// Changes a user who is not deleted, within the rules.
    private func change(
        _ id: UserID, _ body: (inout User, Timestamp) throws(StoreError) -> Void
    ) throws(StoreError) -> User {
        try database.transaction { tables, now throws(StoreError) in
            guard var user = tables.user(id)?.user else { throw .notFound }
            try body(&user, now)
            user.updatedAt = now
            try tables.checkUser(user)
            tables.users[id]?.user = user
            return user
        }
    }
}

extension MemoryTables {
    func user(_ id: UserID) -> UserRow? { users[id].flatMap { $0.user.deletedAt == nil ? $0 : nil } }

    fileprivate func user(username: String) -> UserRow? {
        let key = Self.folded(username)
        return users.values.first { $0.user.deletedAt == nil && $0.user.username.map(Self.folded) == key }
    }

    fileprivate func user(email: String) -> UserRow? {
        let key = Self.folded(email)
        return users.values.first { $0.user.deletedAt == nil && $0.user.email.map(Self.folded) == key }
    }

    fileprivate func list(activeOnly: Bool) -> [User] {
        users.values.map(\.user).filter { $0.deletedAt == nil && (!activeOnly || $0.isActive) }
            .sorted { ($0.createdAt, $0.id.description) < ($1.createdAt, $1.id.description) }
    }

    /// The constraints of `users`.
    func checkUser(_ user: User) throws(StoreError) {
        if user.username == nil, user.email == nil { throw ModelRules.refusal("users_username_or_email") }
        if let username = user.username {
            if username.unicodeScalars.count < 3 { throw ModelRules.refusal("users_username_length") }
            if username.unicodeScalars.contains("@") || UUID128(username) != nil {
                throw ModelRules.refusal("users_username_unambiguous")
            }
        }
        if let email = user.email, email.hasPrefix("@") || !email.contains("@") {
            throw ModelRules.refusal("users_email_form")
        }
        if user.email == nil, user.emailVerifiedAt != nil { throw ModelRules.refusal("users_verified_email_exists") }
        // Names stay taken when their user is deleted.
        for other in users.values.map(\.user) where other.id != user.id {
            if let username = user.username, other.username.map(Self.folded) == Self.folded(username) {
                throw .conflict(field: "username")
            }
            if let email = user.email, other.email.map(Self.folded) == Self.folded(email) {
                throw .conflict(field: "email")
            }
        }
    }
}

extension MemoryTables.UserRow {
    fileprivate mutating func apply(_ change: UserChange) {
        switch change {
        case .username(let text): user.username = text
        case .email(let text): user.email = text
        case .name(let text): user.name = text
        case .firstName(let text): user.firstName = text
        case .lastName(let text): user.lastName = text
        case .phone(let text): user.phone = text
        case .emailVerifiedAt(let moment): user.emailVerifiedAt = moment
        case .roles(let labels): user.roles = labels
        case .stripeCustomerID(let text): user.stripeCustomerID = text
        case .mustChangePassword(let must): mustChangePassword = must
        }
    }
}

extension MemoryTables {
    /// The constraints of a password.
    static func checkPassword(_ hash: String?, mustChange: Bool) throws(StoreError) {
        if hash == "" { throw ModelRules.refusal("users_password_hash_not_empty") }
        if mustChange, hash == nil { throw ModelRules.refusal("users_password_must_change_exists") }
    }
}
