import EventLoop
import HTTPMessage
import Identity
import Policy

/// One session that a worker knows, with what it cost to find out: the answer of the store, its age, and the identity
/// header lines already rendered for the places where it was used.
///
/// Belongs to one worker; nothing here is shared between cores.
///
/// With 100,000 of these a request finds none of them in the processor's caches, and pays for each line of memory that
/// it touches and for each page. So all that a warm request reads lies in this one object, in the order of use: first
/// what says whether the entry may be trusted, then whose it is, then the bytes that are copied to the upstream. Only
/// the principal lies apart, for the decision; what many of them have in common, they share (`SharedParts`).
final class CachedSession {
    /// How far the entry may be trusted.
    enum Freshness {
        /// Younger than half of `database.staleness`, or known by the feed not to have changed.
        case fresh
        /// Good, but the store is to be asked again in the background.
        case refreshing
        /// Too old, or idle for too long as far as this worker knows: the store must be asked before it serves.
        case stale
        /// Past the end of the session or of the token.
        case expired
    }

    /// How much of an entry a warm request reads: what is known, and lines of usual length.
    static let warmBytes = 512

    let token: TokenHash
    /// The last use that this worker saw or the store reported, whichever is later.
    @safe @exclusivity(unchecked) private(set) var lastUsedAt: Timestamp
    @safe @exclusivity(unchecked) private(set) var fetchedAt: MonotonicInstant
    /// The end of the session or of the token, whichever comes first.
    @safe @exclusivity(unchecked) private(set) var expiresAt: Timestamp
    /// Since when the cookie is its host's; the end of time for a token that is never rotated.
    @safe @exclusivity(unchecked) private(set) var tokenIssuedAt: Timestamp
    /// Whether a lookup for this entry is on its way.
    @safe @exclusivity(unchecked) var isBeingRefreshed = false
    /// Whether a use stands in the batch that goes to the store next.
    @safe @exclusivity(unchecked) var isReported = false
    /// Whether its cookie is being rotated, or just could not be.
    @safe @exclusivity(unchecked) var isRotationTried = false
    /// The mark that spares the entry one round of the cache's hand, and its place on the clock's face.
    @safe @exclusivity(unchecked) var wasUsed = false
    @safe @exclusivity(unchecked) var slot = 0
    @safe @exclusivity(unchecked) private(set) var principal: Principal
    /// The host that the cookie is good on; nil: every host.
    @safe @exclusivity(unchecked) private(set) var host: String?
    let sessionID: SessionID
    @safe @exclusivity(unchecked) private var lines = IdentityLines()
    /// The others of the same user, for invalidation. The cache holds all of them; these are the chain's links.
    unowned var previousOfUser: CachedSession?
    unowned var nextOfUser: CachedSession?
    @safe @exclusivity(unchecked) var assertions = SessionAssertions()

    init(token: TokenHash, session: AuthenticatedSession, fetchedAt: MonotonicInstant) {
        self.token = token
        self.fetchedAt = fetchedAt
        lastUsedAt = session.lastUsedAt
        expiresAt = session.expiresAt
        tokenIssuedAt = session.tokenIssuedAt ?? .distantFuture
        principal = session.principal
        host = session.host
        sessionID = session.sessionID
    }

    /// Takes a newer answer of the store for the same session. What was rendered from the older one is forgotten, unless
    /// it would be the same.
    func update(_ session: AuthenticatedSession, fetchedAt: MonotonicInstant) {
        self.fetchedAt = fetchedAt
        if session.lastUsedAt > lastUsedAt { lastUsedAt = session.lastUsedAt }
        expiresAt = session.expiresAt
        tokenIssuedAt = session.tokenIssuedAt ?? .distantFuture
        host = session.host
        isBeingRefreshed = false
        isRotationTried = false
        guard session.principal != principal else { return }
        principal = session.principal
        lines = IdentityLines()
        assertions = SessionAssertions()
    }

    func freshness(
        now: MonotonicInstant, wall: Timestamp, _ terms: borrowing TrustTerms
    ) -> Freshness {
        if wall >= expiresAt { return .expired }
        if wall.microseconds &- lastUsedAt.microseconds >= terms.idleMicroseconds { return .stale }
        // Nobody can say what changed between this answer and the feed's beginning.
        if fetchedAt < terms.feed.since { return .stale }
        let age = terms.silence(since: fetchedAt, until: now)
        if age.count < terms.staleness.count / 2 { return fetchedAt < terms.refreshBefore ? .refreshing : .fresh }
        return age < terms.staleness ? .refreshing : .stale
    }

    /// Whether its token is good on this host.
    func isGood(on host: Span<UInt8>) -> Bool {
        guard let bound = self.host else { return true }
        return bound.utf8.span.isEqualIgnoringCase(to: host)
    }

    /// Notes a use, which pushes the idle end on.
    func touch(_ wall: Timestamp) {
        if wall > lastUsedAt { lastUsedAt = wall }
        if !wasUsed { wasUsed = true }
    }

    /// Whether the cookie's time is over, and a page load should change it.
    func isRotationDue(_ wall: Timestamp, after age: Duration) -> Bool {
        tokenIssuedAt != .distantFuture && !isRotationTried && wall >= tokenIssuedAt + age
    }

    /// Appends the identity lines for a permit of `deployment`: rendered at the first use, and copied from then on.
    func appendIdentityLines(for permit: Permit, deployment: Int, to output: inout ByteBuffer) {
        let place = IdentityLines.Place(permit, deployment: deployment)
        if lines.append(for: place, to: &output) { return }
        var buffer = ByteBuffer(minimumCapacity: 512)
        IdentityHeaders.render(for: permit, session: sessionID, into: &buffer)
        lines.keep([UInt8](buffer.span), for: place)
        output.append(buffer.span)
    }
}
