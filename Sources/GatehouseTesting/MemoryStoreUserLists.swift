package import Identity
import Store

extension MemoryUserStore {
    package func register(_ new: NewUser) async throws(StoreError) -> RegisteredUser {
        try FieldRules.check(new)
        guard let email = new.email else { throw ModelRules.refusal("users_username_or_email") }
        let id = UserID(database.newID())
        return try database.transaction { tables, now throws(StoreError) in
            let known = tables.users.values.first {
                $0.user.email.map(MemoryTables.folded) == MemoryTables.folded(email)
            }
            let isWishTaken = new.username.map { wish in
                tables.users.values.contains {
                    $0.user.id != known?.user.id
                        && $0.user.username.map(MemoryTables.folded) == MemoryTables.folded(wish)
                }
            }
            let username = isWishTaken == false ? new.username : nil
            if var row = known {
                guard tables.isUnclaimed(row.user) else { return .exists(row.user) }
                row.user.username = username
                row.user.email = email
                row.user.name = new.name
                row.user.updatedAt = now
                row.passwordHash = new.passwordHash
                tables.users[row.user.id] = row
                return .replaced(row.user)
            }
            let user = User(
                id: id, username: username, email: email, name: new.name, status: new.status, createdAt: now,
                updatedAt: now)
            try tables.checkUser(user)
            try MemoryTables.checkPassword(new.passwordHash, mustChange: false)
            tables.users[id] = MemoryTables.UserRow(user: user, passwordHash: new.passwordHash)
            return .created(user)
        }
    }

    package func list(_ filter: UserFilter) async throws(StoreError) -> [ListedUser] {
        try FieldRules.checkPage(offset: filter.offset, limit: filter.limit)
        if let text = filter.text { try FieldRules.checkSearch(text) }
        return try database.look { tables, now in
            Array(tables.people(filter, at: now).dropFirst(filter.offset).prefix(filter.limit))
        }
    }

    package func count(_ filter: UserFilter) async throws(StoreError) -> Int {
        if let text = filter.text { try FieldRules.checkSearch(text) }
        return try database.look { tables, now in tables.people(filter, at: now).count }
    }

    package func listed(_ id: UserID) async throws(StoreError) -> ListedUser? {
        try database.look { tables, now in tables.user(id).map { tables.listed($0, in: nil, at: now) } }
    }
}

extension MemoryTables {
    /// A former registration that nobody had confirmed, and in which nobody was granted anything.
    fileprivate func isUnclaimed(_ user: User) -> Bool {
        user.deletedAt == nil && user.status == .pendingVerification && user.emailVerifiedAt == nil
            && user.lastLoginAt == nil && user.roles == ["user"] && !grants.keys.contains { $0.user == user.id }
            && !identities.contains { $0.user == user.id }
    }

    fileprivate func people(_ filter: UserFilter, at now: Timestamp) -> [ListedUser] {
        let text = filter.text?.lowercased()
        let found = users.values.filter { row in
            let user = row.user
            if user.deletedAt != nil, !filter.includesDeleted { return false }
            if let status = filter.status, status != user.status { return false }
            if let plant = filter.plant {
                guard let grant = grants[GrantKey(user: user.id, plant: plant)], grant.holds(at: now) else {
                    return false
                }
            }
            guard let text else { return true }
            return [user.username, user.email, user.name].contains { $0?.lowercased().contains(text) == true }
        }
        return found.sorted {
            ($0.user.createdAt, $0.user.id.description) < ($1.user.createdAt, $1.user.id.description)
        }.map { listed($0, in: filter.plant, at: now) }
    }

    fileprivate func listed(_ row: UserRow, in plant: PlantID?, at now: Timestamp) -> ListedUser {
        ListedUser(
            user: row.user,
            memberships: memberships(of: row.user.id, at: now).filter { plant == nil || $0.plantID == plant },
            hasPassword: row.passwordHash != nil, mustChangePassword: row.mustChangePassword)
    }

    /// What signing in needs; a place is known for thirty days.
    func credentials(_ row: UserRow, from address: String?, at now: Timestamp) -> UserCredentials {
        let network = address.flatMap { ClientNetwork($0) }
        let knows =
            network != nil
            && sessions.values.contains {
                $0.userID == row.user.id && $0.issuedAt > now - .seconds(30 * 86_400)
                    && $0.ipAddress.flatMap { ClientNetwork($0) } == network
            }
        return UserCredentials(
            user: row.user, passwordHash: row.passwordHash, mustChangePassword: row.mustChangePassword,
            knowsAddress: knows)
    }

    mutating func cancelVerifications(of user: UserID) {
        verifications.removeAll { $0.verification.userID == user && $0.consumedAt == nil }
    }
}
