import EventLoop
import Identity
import Policy

/// One session that a worker knows, with what it cost to find out: the answer of the store, its age, and the identity
/// header lines already rendered for the places where it was used.
///
/// Belongs to one worker; nothing here is shared between cores.
final class CachedSession {
    /// How far the entry may be trusted.
    enum Freshness {
        /// Younger than half of `database.staleness`.
        case fresh
        /// Good, but the store is to be asked again in the background.
        case refreshing
        /// Too old, or idle for too long as far as this worker knows: the store must be asked before it serves.
        case stale
        /// Past its absolute end: not a session any more.
        case expired
    }

    /// Identity header lines of one route and plant.
    private struct Rendering {
        let deployment: Int
        let route: Int
        let plant: PlantID?
        let role: Role?
        let bytes: [UInt8]
    }

    /// How many renderings an entry keeps: people work in one plant and a few routes at a time.
    private static let renderingsMax = 4

    let token: TokenHash
    @safe @exclusivity(unchecked) private(set) var session: AuthenticatedSession
    @safe @exclusivity(unchecked) private(set) var fetchedAt: MonotonicInstant
    /// The last use that this worker saw or the store reported, whichever is later.
    @safe @exclusivity(unchecked) private(set) var lastUsedAt: Timestamp
    /// Whether a lookup for this entry is on its way.
    @safe @exclusivity(unchecked) var isBeingRefreshed = false
    /// Whether a use stands in the batch that goes to the store next.
    @safe @exclusivity(unchecked) var isReported = false

    /// The entry's place on the clock face of its cache, and the mark that spares it one round of the hand.
    @safe @exclusivity(unchecked) var slot = 0
    @safe @exclusivity(unchecked) var wasUsed = false

    @safe @exclusivity(unchecked) private var renderings: [Rendering] = []

    init(token: TokenHash, session: AuthenticatedSession, fetchedAt: MonotonicInstant) {
        self.token = token
        self.session = session
        self.fetchedAt = fetchedAt
        lastUsedAt = session.lastUsedAt
    }

    /// Takes a newer answer of the store. What was rendered from the older one is forgotten.
    func update(_ session: AuthenticatedSession, fetchedAt: MonotonicInstant) {
        self.session = session
        self.fetchedAt = fetchedAt
        if session.lastUsedAt > lastUsedAt { lastUsedAt = session.lastUsedAt }
        isBeingRefreshed = false
        renderings.removeAll(keepingCapacity: true)
    }

    func freshness(
        now: MonotonicInstant, wall: Timestamp, staleness: Nanoseconds, idleMicroseconds: Int64
    ) -> Freshness {
        if wall >= session.expiresAt { return .expired }
        if wall.microseconds &- lastUsedAt.microseconds >= idleMicroseconds { return .stale }
        let age = Nanoseconds(from: fetchedAt, to: now)
        if age.count < staleness.count / 2 { return .fresh }
        return age < staleness ? .refreshing : .stale
    }

    /// Notes a use, which pushes the idle end on.
    func touch(_ wall: Timestamp) {
        if wall > lastUsedAt { lastUsedAt = wall }
        wasUsed = true
    }

    /// The identity lines for a permit of `deployment`, rendered at the first use and copied from then on.
    func identityLines(for permit: Permit, deployment: Int, render: () -> [UInt8]) -> [UInt8] {
        let route = permit.route.index
        let plant = permit.membership?.plantID
        let role = permit.membership?.role
        for rendering in renderings
        where rendering.route == route && rendering.plant == plant && rendering.role == role
            && rendering.deployment == deployment
        {
            return rendering.bytes
        }
        let bytes = render()
        if renderings.count == Self.renderingsMax { renderings.removeFirst() }
        renderings.append(
            Rendering(deployment: deployment, route: route, plant: plant, role: role, bytes: bytes))
        return bytes
    }
}
