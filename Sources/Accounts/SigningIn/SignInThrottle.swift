import Identity

/// How often the password of an account may be tried, and how often passwords may be tried from an address.
///
/// One bucket an account, however it is spelled: by its id, and for a name that nobody has, by the name's one form. So a
/// name that nobody has is slowed down like any other. Attempts from where the person signed in during the last thirty
/// days are counted apart: whoever locks a person out from elsewhere does not lock them out at home. Together it is
/// never more than 100 failures in a row (NIST SP 800-63B-4, section 3.2.2); after that the way back is a sign-in from
/// home, a reset by mail, or an administrator, so no stranger locks anybody out for good.
struct SignInThrottle: Sendable {
    /// People mistype: the first few cost nothing.
    private static func elsewhere(_ memory: Duration?) -> ThrottleRule {
        .growing(free: 5, first: .seconds(1), longest: .seconds(900), attemptsMax: 80, memory: memory)
    }
    private static let home = ThrottleRule.growing(
        free: 5, first: .seconds(1), longest: .seconds(900), attemptsMax: 20, memory: nil)
    /// 50 at once, and five a minute: a successful sign-in does not count.
    private static let addressElsewhere = ThrottleRule.leaking(burst: 50, interval: .seconds(12))
    /// An office is one address for all who work there.
    private static let addressHome = ThrottleRule.leaking(burst: 500, interval: .seconds(2))

    private let account: ThrottleBucket
    private let address: ThrottleBucket?
    /// All counts of the account, which a success ends.
    private let all: [ThrottleBucket]

    init(_ credentials: UserCredentials?, login: String, from ipAddress: String?) {
        let isHome = credentials?.knowsAddress ?? false
        if let id = credentials?.user.id {
            let home = Self.bucket("account at home \(id)", Self.home)
            let elsewhere = Self.bucket("account elsewhere \(id)", Self.elsewhere(nil))
            account = isHome ? home : elsewhere
            all = [home, elsewhere]
        } else {
            account = Self.bucket("name \(login.loginForm)", Self.elsewhere(.seconds(30 * 86_400)))
            all = [account]
        }
        let network = ipAddress.flatMap { ClientNetwork($0)?.cidr }
        address = network.map {
            isHome ? Self.bucket("home \($0)", Self.addressHome) : Self.bucket("address \($0)", Self.addressElsewhere)
        }
    }

    /// The counts that end when a password is reset or set by somebody else.
    static func buckets(of user: UserID) -> [ThrottleBucket] {
        [bucket("account at home \(user)", home), bucket("account elsewhere \(user)", elsewhere(nil))]
    }

    private static func bucket(_ text: String, _ rule: ThrottleRule) -> ThrottleBucket {
        ThrottleBucket(key: TokenHash(ofText: "sign-in \(text)"), rule: rule)
    }

    /// Counts an attempt before it is made.
    ///
    /// - Throws: `throttled`.
    func admit(_ environment: AccountsEnvironment) async throws(AccountsError) {
        try await environment.admit([account] + (address.map { [$0] } ?? []))
    }

    /// The password was right: nothing of it was a failure.
    func succeed(_ environment: AccountsEnvironment) async throws(AccountsError) {
        try await storage { () async throws(StoreError) in
            try await environment.throttles.clear(all)
            if let address { try await environment.throttles.forgive([address], at: environment.clock.now()) }
        }
    }

    /// Nobody looked at the password.
    func takeBack(_ environment: AccountsEnvironment) async {
        do throws(StoreError) {
            try await environment.throttles.forgive(
                [account] + (address.map { [$0] } ?? []), at: environment.clock.now())
        } catch {
            environment.leftUndone("an attempt to sign in stays counted that nobody looked at", AccountsError(error))
        }
    }
}

extension AccountsEnvironment {
    /// - Throws: `throttled`, with the time after which there is room.
    func admit(_ buckets: [ThrottleBucket]) async throws(AccountsError) {
        let now = clock.now()
        let answer = try await storage { () async throws(StoreError) in try await throttles.admit(buckets, at: now) }
        if case .refused(let retryAfter) = answer { throw .throttled(retryAfter: max(retryAfter, .seconds(1))) }
    }
}
