import Identity

extension StoreConformance {
    /// Counts of attempts.
    static let throttles = [
        Check("attempts are counted before they are made, and a success forgets them") { stores in
            let bucket = ThrottleBucket(key: hash(1), rule: growing)
            let moment = now()
            for _ in 0..<3 { try equal(try await stores.throttles.admit([bucket], at: moment), .admitted) }
            try equal(try await stores.throttles.admit([bucket], at: moment), .refused(retryAfter: .seconds(1)))
            try equal(try await stores.throttles.admit([bucket], at: moment + .seconds(1)), .admitted)
            try equal(
                try await stores.throttles.admit([bucket], at: moment + .seconds(1)), .refused(retryAfter: .seconds(2)))
            try await stores.throttles.clear([bucket])
            try equal(try await stores.throttles.admit([bucket], at: moment + .seconds(1)), .admitted)
        },
        Check("where one bucket has no room, none is counted in") { stores in
            let full = ThrottleBucket(key: hash(1), rule: .leaking(burst: 1, interval: .seconds(60)))
            let other = ThrottleBucket(key: hash(2), rule: growing)
            let moment = now()
            try equal(try await stores.throttles.admit([full], at: moment), .admitted)
            for _ in 0..<10 {
                try equal(
                    try await stores.throttles.admit([full, other], at: moment), .refused(retryAfter: .seconds(60)))
            }
            for _ in 0..<3 { try equal(try await stores.throttles.admit([other], at: moment), .admitted) }
        },
        Check("of fifty attempts at once, as many are admitted as there is room for") { stores in
            let bucket = ThrottleBucket(key: hash(1), rule: growing)
            let moment = now()
            let admitted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await stores.throttles.admit([bucket], at: moment) == .admitted }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try equal(admitted, 3)
        },
        Check("an attempt that was none is taken back") { stores in
            let growing = ThrottleBucket(key: hash(1), rule: growing)
            let leaking = ThrottleBucket(key: hash(2), rule: .leaking(burst: 1, interval: .seconds(60)))
            let moment = now()
            for _ in 0..<20 {
                try equal(try await stores.throttles.admit([growing, leaking], at: moment), .admitted)
                try await stores.throttles.forgive([growing, leaking], at: moment)
            }
            try await stores.throttles.forgive([ThrottleBucket(key: hash(3), rule: Self.growing)], at: moment)
        },
        Check("no buckets have room for anything") { stores in
            try equal(try await stores.throttles.admit([], at: now()), .admitted)
            try await stores.throttles.forgive([], at: now())
            try await stores.throttles.clear([])
        },
    ]

    private static let growing = ThrottleRule.growing(
        free: 3, first: .seconds(1), longest: .seconds(60), attemptsMax: 10, memory: nil)
}
