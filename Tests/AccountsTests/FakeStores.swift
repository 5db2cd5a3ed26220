import Identity
import Synchronization

@testable import Accounts

/// All stores in memory, small and obedient: they write down in which order they were called, and fail when told to.
final class FakeStores: Sendable {
    struct Account: Sendable {
        var user: User
        var passwordHash: String?
    }

    struct LiveSession: Sendable {
        var session: Session
        var isLive = true
        var tokens: [TokenHash: String?] = [:]
    }

    struct State: Sendable {
        var accounts: [UserID: Account] = [:]
        var plants: [PlantID: Plant] = [:]
        var grants: [UserID: [PlantID: (role: Role, until: Timestamp?, by: UserID?)]] = [:]
        var sessions: [SessionID: LiveSession] = [:]
        var tickets: [TokenHash: Ticket] = [:]
        var events: [AuditEvent] = []
        /// The operations that changed something or could have, in order.
        var calls: [String] = []
        /// What the named operation throws from now on.
        var failures: [String: StoreError] = [:]
        var lastID: UInt64 = 0
    }

    let state = Mutex(State())
    let clock: FakeClock

    init(clock: FakeClock) { self.clock = clock }

    var events: [AuditEvent] { state.withLock { $0.events } }
    var calls: [String] { state.withLock { $0.calls } }

    func fail(_ call: String, with error: StoreError?) { state.withLock { $0.failures[call] = error } }

    /// Runs one operation under the lock, after it was written down and unless it is to fail.
    func call<Answer: Sendable>(
        _ name: String, _ body: (inout State) -> Result<Answer, StoreError>
    ) throws(StoreError) -> Answer {
        try state.withLock { state -> Result<Answer, StoreError> in
            state.calls.append(name)
            if let failure = state.failures[name] { return .failure(failure) }
            return body(&state)
        }.get()
    }
}

extension FakeStores.State {
    mutating func nextID() -> UUID128 {
        lastID += 1
        return UUID128(high: 0, low: lastID)
    }

    func account(where matches: (User) -> Bool) -> FakeStores.Account? {
        accounts.values.first { $0.user.deletedAt == nil && matches($0.user) }
    }

    mutating func endSessions(of user: UserID, except kept: SessionID? = nil) -> Int {
        let live = sessions.filter { $0.value.session.userID == user && $0.value.isLive && $0.key != kept }.keys
        for id in live { sessions[id]?.isLive = false }
        return live.count
    }
}

/// A clock that stands still until it is set.
final class FakeClock: WallClock {
    private let moment = Mutex(Timestamp(seconds: 1_800_000_000))
    func now() -> Timestamp { moment.withLock { $0 } }
    func advance(by length: Duration) { moment.withLock { $0 = $0 + length } }
}

/// Different bytes at each call, the same in each run.
final class CountingRandom: RandomSource {
    private let last = Atomic<UInt64>(0)
    func bytes(_ count: Int) -> [UInt8] {
        let number = last.wrappingAdd(1, ordering: .relaxed).newValue
        return (0..<count).map { UInt8(truncatingIfNeeded: $0 < 8 ? number >> UInt64(8 * $0) : 0xa5) }
    }
}
