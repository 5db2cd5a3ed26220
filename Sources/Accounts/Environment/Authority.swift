import Identity

/// What a requester may administer, found out within the transaction that administers.
///
/// Both must allow it: what the request acts as, which an API token may hold to less, and what the database says by now.
struct Authority: Sendable {
    /// The global role whose holders administer all of it.
    static let administrator = "ADMIN"

    private let isEverything: Bool
    private let plants: Set<PlantID>

    init(_ requester: Requester, _ stores: StoresInTransaction, at now: Timestamp) async throws(AccountsError) {
        guard requester.channel != .commandLine else {
            self.init(isEverything: true, plants: [])
            return
        }
        guard let claimed = requester.principal, claimed.userID == requester.user else { throw .forbidden }
        let present = try await storage { () async throws(StoreError) in
            try await stores.roles.principal(of: claimed.userID)
        }
        guard let present else { throw .forbidden }
        self.init(both: claimed, present, at: now)
    }

    /// Of somebody who is not the one that asks now, such as who sent an invitation.
    init(of user: UserID, _ stores: StoresInTransaction, at now: Timestamp) async throws(AccountsError) {
        let present = try await storage { () async throws(StoreError) in
            try await stores.roles.principal(of: user)
        }
        guard let present else { throw .forbidden }
        self.init(both: present, present, at: now)
    }

    private init(both left: Principal, _ right: Principal, at now: Timestamp) {
        self.init(
            isEverything: [left, right].allSatisfy { $0.globalRoles.contains(Self.administrator) },
            plants: left.administeredPlants(at: now).intersection(right.administeredPlants(at: now)))
    }

    private init(isEverything: Bool, plants: Set<PlantID>) {
        self.isEverything = isEverything
        self.plants = plants
    }

    func requireEverything() throws(AccountsError) {
        guard isEverything else { throw .forbidden }
    }

    func require(_ plant: PlantID) throws(AccountsError) {
        guard isEverything || plants.contains(plant) else { throw .forbidden }
    }

    /// The person that a reference names, if the requester may know of them: an administrator of plants knows who holds
    /// a role in one of these, and nobody else.
    ///
    /// - Throws: `forbidden` for who administers nothing; `notFound`.
    func find(_ reference: String, _ stores: StoresInTransaction) async throws(AccountsError) -> User {
        guard isEverything || !plants.isEmpty else { throw .forbidden }
        let user = try await FindUser(stores)(reference)
        guard !isEverything else { return user }
        let grants = try await storage { () async throws(StoreError) in
            try await stores.roles.list(user: user.id, plant: nil)
        }
        guard grants.contains(where: { plants.contains($0.membership.plantID) }) else { throw .notFound(.user) }
        return user
    }

    /// For what reaches beyond one plant, such as a person's password: the person must belong to administered plants
    /// alone, and hold nothing anywhere else.
    func require(wholeOf user: User, _ stores: StoresInTransaction) async throws(AccountsError) {
        if isEverything { return }
        let grants = try await storage { () async throws(StoreError) in
            try await stores.roles.list(user: user.id, plant: nil)
        }
        guard !grants.isEmpty, grants.allSatisfy({ plants.contains($0.membership.plantID) }),
            user.roles.allSatisfy({ $0 == "user" })
        else { throw .forbidden }
    }
}

extension Principal {
    fileprivate func administeredPlants(at now: Timestamp) -> Set<PlantID> {
        Set(
            memberships.filter { $0.role == .admin && ($0.expiresAt.map { $0 > now } ?? true) }.map(\.plantID))
    }
}

extension AccountsEnvironment {
    /// For use cases that change nothing within a transaction of ours.
    ///
    /// - Throws: `forbidden` unless the requester administers everything.
    func requireAdministrator(_ requester: Requester) async throws(AccountsError) {
        guard requester.channel != .commandLine else { return }
        try await transaction { stores throws(AccountsError) in
            try await Authority(requester, stores, at: clock.now()).requireEverything()
        }
    }

    /// The plant that a reference names, if the requester administers it. One that is not there answers like one that
    /// is not theirs.
    func administered(
        _ plant: String, by requester: Requester, _ stores: StoresInTransaction
    ) async throws(AccountsError) -> Plant {
        let authority = try await Authority(requester, stores, at: clock.now())
        do {
            let plant = try await FindPlant(stores)(plant)
            try authority.require(plant.id)
            return plant
        } catch .notFound {
            try authority.requireEverything()
            throw .notFound(.plant)
        }
    }
}
