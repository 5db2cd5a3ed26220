import EventLoop
import Identity
import Telemetry

/// All that one worker knows about who holds which token, and its way to find out.
final class SessionDirectory {
    /// How long the directory's knowledge holds.
    struct Settings: Sendable {
        /// `database.staleness`: how old an answer of the store may be and still let somebody in.
        var staleness: Nanoseconds
        /// `sessions.idle`.
        var idleMicroseconds: Int64
        /// `sessions.rotate`.
        var rotation: Duration = .seconds(15 * 60)
        /// `sessions.rotation_grace`: what the store answers about a former cookie goes by it.
        var rotationGrace: Duration = .seconds(30)
        /// The least time between the beginnings of two lookups of this worker: so a cold start, or a feed that is back,
        /// asks for many tokens at a time instead of many times.
        var lookupInterval: Duration = .zero
        var entriesMax = 131_072
        var unknownPerGenerationMax = 16_384
        var unknownLifetime: Duration = .seconds(5)
    }

    /// What is known without asking.
    enum Knowledge {
        case session(CachedSession)
        /// The token opens nothing.
        case nobody
        /// The store must be asked.
        case ask
    }

    /// What is known after asking.
    enum Resolution {
        case session(CachedSession)
        case nobody
        /// The store is away, so nothing can be said.
        case unavailable
    }

    private var settings: Settings
    private(set) var terms: TrustTerms
    private let loop: EventLoop
    private let clock: WorkerClock
    private let cache: SessionCache
    private let unknown: UnknownTokens
    private let lookups = SessionLookups()
    private let uses = SessionUses()
    private let startQuery: () -> Void

    private let metrics: WorkerMetrics
    /// When the query that runs was begun: its answer is as old as that.
    private var queryBegan: MonotonicInstant
    /// What was decided on before the last one may be out of date.
    private(set) var changes = RecentChanges()
    /// A query that fails after this long has cost those who waited for it enough.
    private static let patience: Duration = .seconds(1)
    /// Whether the last question to the store was answered. True before the first.
    private(set) var isStoreAnswering = true

    /// - Parameter startQuery: has `beginQuery` called at the end of this turn of the loop.
    init(
        settings: Settings, loop: EventLoop, clock: WorkerClock, metrics: WorkerMetrics,
        startQuery: @escaping () -> Void
    ) {
        self.settings = settings
        terms = TrustTerms(staleness: settings.staleness, idleMicroseconds: settings.idleMicroseconds)
        self.loop = loop
        self.clock = clock
        self.metrics = metrics
        self.startQuery = startQuery
        queryBegan = loop.now
        cache = SessionCache(entriesMax: settings.entriesMax)
        unknown = UnknownTokens(
            perGenerationMax: settings.unknownPerGenerationMax, lifetime: settings.unknownLifetime, now: loop.now)
    }

    var count: Int { cache.count }
    /// How many changes were heard of.
    var changesHeard: Int { changes.count }
    var queries: Int { lookups.queries }
    var rotation: Duration { settings.rotation }
    var idle: Duration { .microseconds(settings.idleMicroseconds) }

    /// Takes the settings of a new snapshot; what is cached stays, since ages are judged at each use.
    func apply(_ settings: Settings) {
        // How long a former cookie is good was said under the old grace, and no change in the store takes it back.
        if settings.rotationGrace != self.settings.rotationGrace { terms.refreshBefore = loop.now }
        self.settings.rotationGrace = settings.rotationGrace
        self.settings.staleness = settings.staleness
        self.settings.idleMicroseconds = settings.idleMicroseconds
        self.settings.rotation = settings.rotation
        self.settings.lookupInterval = settings.lookupInterval
        terms.staleness = settings.staleness
        terms.idleMicroseconds = settings.idleMicroseconds
    }

    /// Has what is known of `token` fetched into the processor's cache: first where to look, then what is there.
    func prefetchPlace(of token: TokenHash) { cache.prefetchPlace(of: token) }
    func prefetchEntry(of token: TokenHash) { cache.prefetchEntry(of: token) }

    /// Who holds `token`, as far as this worker knows now. The warm path: no wait, no allocation.
    func knowledge(of token: TokenHash) -> Knowledge {
        let now = loop.now
        guard let entry = cache.entry(token) else { return unknown.contains(token, now: now) ? .nobody : .ask }
        let wall = clock.now
        switch entry.freshness(now: now, wall: wall, terms) {
        case .fresh:
            break
        case .refreshing:
            if !entry.isBeingRefreshed {
                entry.isBeingRefreshed = true
                lookups.refresh(token, start: startQuery)
            }
        case .stale:
            return .ask
        case .expired:
            // The session is over, or only this token is: the store knows which, and what to make of it.
            cache.remove(token)
            return .ask
        }
        metrics.countSessionCacheHit()
        entry.touch(wall)
        uses.note(entry)
        return .session(entry)
    }

    /// Asks the store who holds `token`. What changes between the answer and its use is asked for again.
    func resolve(_ token: TokenHash) async -> Resolution {
        metrics.countSessionCacheMiss()
        for _ in 0..<SessionLookups.repetitionsMax {
            switch await lookups.outcome(for: token, start: startQuery) {
            case .unknown: return .nobody
            case .unavailable: return .unavailable
            case .found:
                guard let entry = cache.entry(token) else { continue }
                guard clock.now < entry.expiresAt else { return .nobody }
                entry.touch(clock.now)
                uses.note(entry)
                return .session(entry)
            }
        }
        return .unavailable
    }

    // MARK: The store's side

    /// When the next query may begin.
    var nextQueryAt: MonotonicInstant {
        lookups.queries == 0 ? loop.now : queryBegan + settings.lookupInterval
    }

    func beginQuery() -> (number: Int, tokens: [TokenHash])? {
        guard let query = lookups.beginQuery() else { return nil }
        queryBegan = loop.now
        return query
    }

    /// Takes the store's answer to query `number`; nil when it failed or did not come in time. Whether it was awaited.
    func endQuery(_ number: Int, answer: [TokenHash: AuthenticatedSession]?) -> Bool {
        let now = loop.now
        let isLate = now >= queryBegan + Self.patience
        let isAwaited = lookups.endQuery(number, answer: answer, isLate: isLate) { token, session in
            // True when the question was put, and nobody knows how much longer.
            cache.store(session, for: token, fetchedAt: queryBegan)
            unknown.remove(token)
        } forget: { token, mayRemember in
            cache.remove(token)
            if mayRemember { unknown.insert(token, now: now) }
        } spare: { token in
            cache.entry(token)?.isBeingRefreshed = false
        }
        if isAwaited { isStoreAnswering = answer != nil }
        return isAwaited
    }

    func takeUses() -> [SessionUse] { uses.take() }
    func takeDueUses() -> [SessionUse] { uses.takeDue() }
    /// Whether some uses should be taken before their time.
    var areUsesMany: Bool { uses.areMany }

    // MARK: Changes

    /// Takes note of changes in the store: of what they concern, nothing that was known before is used any more.
    func apply(_ changes: [IdentityChange]) {
        var plants: Set<PlantID> = []
        self.changes.note(changes)
        for change in changes {
            lookups.note(change)
            switch change {
            case .session(let session, let user):
                cache.removeAll(of: user) { $0.sessionID == session }
            case .user(let user), .role(let user, _):
                cache.removeAll(of: user) { _ in true }
                unknown.removeAll()
            case .plant(let plant):
                plants.insert(plant)
            case .everything:
                cache.removeAll { _ in true }
                unknown.removeAll()
            }
        }
        guard !plants.isEmpty else { return }
        cache.removeAll { $0.principal.memberships.contains { plants.contains($0.plantID) } }
        // Whoever holds no role in a plant may hold one now.
        terms.refreshBefore = loop.now
    }

    /// Takes note of how far the feed of changes has come.
    ///
    /// - Returns: how far it had come before, if it was lost meanwhile, so that anything may have changed.
    func apply(_ feed: FeedState) -> FeedState? {
        let former = terms.feed
        terms.feed = feed
        guard feed.since != former.since else { return nil }
        changes.note([.everything])
        lookups.note(.everything)
        return former
    }
}
