package import Identity
package import PasswordHashing

/// All that the use cases need from outside: the composition root makes one, and each use case is made from it.
///
/// `SignIn(environment)` and its like are cheap values: make them where they are used.
package struct AccountsEnvironment: Sendable {
    package var users: any UserStore
    package var plants: any PlantStore
    package var roles: any RoleStore
    package var sessions: any SessionStore
    package var tickets: any TicketStore
    package var apiTokens: any APITokenStore
    package var audit: any AuditStore
    package var throttles: any ThrottleStore
    /// For what must happen as one: a change, its line in the audit log, and the mail about it.
    package var work: any UnitOfWork
    package var passwords: PasswordHasher
    package var clock: any WallClock
    package var random: any RandomSource
    package var settings: AccountsSettings
    /// Told how each attempt to sign in ended, for `gatehouse_logins_total`.
    package var signInEnded: @Sendable (SignInOutcome) -> Void
    /// Told what was left undone beside what somebody asked for, and why: their answer does not depend on it, so nobody
    /// else hears of it. For operators' logs.
    package var leftUndone: @Sendable (String, AccountsError) -> Void

    package init(
        users: any UserStore, plants: any PlantStore, roles: any RoleStore, sessions: any SessionStore,
        tickets: any TicketStore, apiTokens: any APITokenStore, audit: any AuditStore,
        throttles: any ThrottleStore, work: any UnitOfWork, passwords: PasswordHasher,
        clock: any WallClock = SystemClock(), random: any RandomSource = SystemRandomSource(),
        settings: AccountsSettings = AccountsSettings(),
        signInEnded: @escaping @Sendable (SignInOutcome) -> Void = { _ in },
        leftUndone: @escaping @Sendable (String, AccountsError) -> Void = { _, _ in }
    ) {
        self.users = users
        self.plants = plants
        self.roles = roles
        self.sessions = sessions
        self.tickets = tickets
        self.apiTokens = apiTokens
        self.audit = audit
        self.throttles = throttles
        self.work = work
        self.passwords = passwords
        self.clock = clock
        self.random = random
        self.settings = settings
        self.signInEnded = signInEnded
        self.leftUndone = leftUndone
    }
}

/// The `sessions` and `accounts` of the configuration, as far as the use cases know them.
package struct AccountsSettings: Sendable, Hashable {
    /// How long a session may lie unused.
    package var sessionIdle: Duration
    /// How long a session lasts, whatever the use.
    package var sessionLifetime: Duration
    /// How long a session lasts for a person who asked to be remembered; nil: nobody can ask.
    package var sessionRemembered: Duration?
    /// How long a cookie's token is good before the next page load changes it, and how long a program's access token is.
    package var sessionRotation: Duration
    /// How many live sessions a person may have.
    package var sessionsPerUserMax: Int
    /// How many live API tokens a person may have.
    package var apiTokensPerUserMax: Int
    /// The fewest code points in a new password. `PasswordRules` never goes below 8.
    package var passwordLengthMin: Int
    /// The path of a file of passwords that no new one may be: see `BreachedPasswordFile`.
    package var breachedPasswords: String?
    /// How long a ticket to another host is good.
    package var ticketLifetime: Duration
    /// What people may do with accounts themselves.
    package var people: PeopleSettings

    package init(
        sessionIdle: Duration = .seconds(8 * 3_600), sessionLifetime: Duration = .seconds(24 * 3_600),
        sessionRemembered: Duration? = .seconds(30 * 86_400), sessionRotation: Duration = .seconds(15 * 60),
        sessionsPerUserMax: Int = 10, apiTokensPerUserMax: Int = 100, passwordLengthMin: Int = 15,
        breachedPasswords: String? = nil, ticketLifetime: Duration = .seconds(30),
        people: PeopleSettings = PeopleSettings()
    ) {
        self.sessionIdle = sessionIdle
        self.sessionLifetime = sessionLifetime
        self.sessionRemembered = sessionRemembered
        self.sessionRotation = sessionRotation
        self.sessionsPerUserMax = sessionsPerUserMax
        self.apiTokensPerUserMax = apiTokensPerUserMax
        self.passwordLengthMin = passwordLengthMin
        self.breachedPasswords = breachedPasswords
        self.ticketLifetime = ticketLifetime
        self.people = people
    }
}
