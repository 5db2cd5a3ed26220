package import Identity
package import Store

/// One suite for every implementation of the store protocols: what a caller may rely on, whatever lies behind.
///
/// Each check begins with empty stores. Every operation that names a plant or a user is repeated from another one, where
/// it must fail or show nothing.
package enum StoreConformance {
    /// The stores that are looked at, and what has no operation of its own yet.
    package struct Stores: Sendable {
        package let users: any UserStore
        package let plants: any PlantStore
        package let roles: any RoleStore
        package let sessions: any SessionStore
        package let tickets: any TicketStore
        package let apiTokens: any APITokenStore
        package let audit: any AuditStore
        package let verifications: any VerificationStore
        package let invitations: any InvitationStore
        package let identities: any LinkedIdentityStore
        package let throttles: any ThrottleStore
        package let work: any UnitOfWork
        package let rotationGrace: RotationGrace
        package let setPlantActive: @Sendable (PlantID, Bool) async throws -> Void

        package init(
            users: any UserStore, plants: any PlantStore, roles: any RoleStore, sessions: any SessionStore,
            tickets: any TicketStore, apiTokens: any APITokenStore, audit: any AuditStore,
            verifications: any VerificationStore, invitations: any InvitationStore,
            identities: any LinkedIdentityStore, throttles: any ThrottleStore, work: any UnitOfWork,
            rotationGrace: RotationGrace,
            setPlantActive: @escaping @Sendable (PlantID, Bool) async throws -> Void
        ) {
            self.users = users
            self.plants = plants
            self.roles = roles
            self.sessions = sessions
            self.tickets = tickets
            self.apiTokens = apiTokens
            self.audit = audit
            self.verifications = verifications
            self.invitations = invitations
            self.identities = identities
            self.throttles = throttles
            self.work = work
            self.rotationGrace = rotationGrace
            self.setPlantActive = setPlantActive
        }
    }

    /// One promise, as a sentence, and how to see whether it is kept.
    package struct Check: Sendable, CustomStringConvertible {
        package let description: String
        package let run: @Sendable (Stores) async throws -> Void

        init(_ description: String, _ run: @escaping @Sendable (Stores) async throws -> Void) {
            self.description = description
            self.run = run
        }
    }

    /// A promise that was not kept, and where.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package static let checks: [Check] = [
        users, userRules, plants, roles, sessions, sessionLookups, tickets, sessionChanges, rotations, apiTokens, audit,
        people, verifications, invitations, identities, throttles, unitsOfWork,
    ].flatMap { $0 }
}

// MARK: Saying what must be

extension StoreConformance {
    static func expect(
        _ condition: Bool, _ what: @autoclosure () -> String = "", file: StaticString = #fileID, line: UInt = #line
    ) throws {
        if !condition { throw Failure(description: "\(file):\(line) \(what())") }
    }

    static func equal<Value: Equatable>(
        _ value: Value, _ expected: Value, file: StaticString = #fileID, line: UInt = #line
    ) throws {
        try expect(value == expected, "\(value) is not \(expected)", file: file, line: line)
    }

    @discardableResult
    static func some<Value>(
        _ value: Value?, file: StaticString = #fileID, line: UInt = #line
    ) throws -> Value {
        guard let value else { throw Failure(description: "\(file):\(line) nothing there") }
        return value
    }

    static func none<Value>(
        _ value: Value?, file: StaticString = #fileID, line: UInt = #line
    ) throws {
        if let value { throw Failure(description: "\(file):\(line) there is \(value)") }
    }

    static func fails<Value>(
        _ expected: StoreError, file: StaticString = #fileID, line: UInt = #line,
        _ body: () async throws(StoreError) -> Value
    ) async throws {
        do {
            _ = try await body()
        } catch {
            return try expect(error == expected, "\(error) is not \(expected)", file: file, line: line)
        }
        throw Failure(description: "\(file):\(line) nothing was thrown; expected \(expected)")
    }

    /// Refused by a rule, in whatever words.
    static func refuses<Value>(
        file: StaticString = #fileID, line: UInt = #line, _ body: () async throws(StoreError) -> Value
    ) async throws {
        do {
            _ = try await body()
        } catch {
            guard case .refused(let words) = error else {
                throw Failure(description: "\(file):\(line) \(error) is no refusal")
            }
            return try expect(words.hasSuffix("."), "not a sentence: \(words)", file: file, line: line)
        }
        throw Failure(description: "\(file):\(line) nothing was refused")
    }
}

// MARK: What checks begin with

extension StoreConformance {
    static let hour = Duration.seconds(3_600)

    static func now() -> Timestamp { SystemClock().now() }

    /// A digest that is the same for the same seed.
    static func hash(_ seed: UInt64) -> TokenHash { TokenHash((seed, ~seed, seed &* 31, 7)) }
}

extension UserStore {
    /// From nowhere in particular.
    package func credentials(login: String) async throws(StoreError) -> UserCredentials? {
        try await credentials(login: login, from: nil)
    }
}

extension StoreConformance.Stores {
    func activeUser(_ username: String, email: String? = nil, roles: [String] = ["user"]) async throws -> User {
        try await users.create(NewUser(username: username, email: email, status: .active, roles: roles))
    }

    func session(
        of user: UserID, token: UInt64, host: String? = "spc.example.com", issued: Timestamp? = nil,
        lasting: Duration = .seconds(86_400), perUserMax: Int = 10, address: String = "192.0.2.7"
    ) async throws(StoreError) -> Session {
        let issued = issued ?? StoreConformance.now()
        return try await sessions.create(
            NewSession(
                userID: user, userAgent: "curl/8", ipAddress: address, method: .password, factors: 1,
                issuedAt: issued, expiresAt: issued + lasting, perUserMax: perUserMax),
            token: StoreConformance.hash(token), host: host)
    }

    func lookup(_ token: UInt64, idle: Duration = .seconds(28_800)) async throws -> AuthenticatedSession? {
        try await sessions.lookup([StoreConformance.hash(token)], idle: idle)[StoreConformance.hash(token)]
    }
}
