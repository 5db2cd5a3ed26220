/// A worker's counters at one moment; several can be added up.
package struct MetricsSnapshot: Sendable {
    /// The most time series of one name. What comes beyond is counted without its route: that is a few thousand more
    /// at most, for there are only so many statuses and reasons.
    static let seriesMax = 65_536

    /// Which request counter: route, status and protocol in one word.
    struct RequestKey: Hashable {
        let word: UInt64

        init(route: Int?, status: Int, wireProtocol: WireProtocol) {
            // Statuses that HTTP doesn't have share one counter: an upstream must not be able to make more.
            let status = (100...599).contains(status) ? status : 0
            word = RouteBits.bits(route) | UInt64(status) << 8 | UInt64(wireProtocol.rawValue)
        }

        init(word: UInt64) { self.word = word }

        var route: Int? { RouteBits.route(word) }
        var status: Int { Int(word >> 8 & 0xffff) }
        var wireProtocol: WireProtocol { WireProtocol(rawValue: UInt8(truncatingIfNeeded: word)) ?? .http11 }
    }

    /// Which decision counter: route, outcome and reason in one word.
    struct DecisionKey: Hashable {
        let word: UInt64

        init(route: Int?, outcome: DecisionOutcome, reason: Int) {
            word = RouteBits.bits(route) | UInt64(UInt16(clamping: reason)) << 8 | UInt64(outcome.rawValue)
        }

        init(word: UInt64) { self.word = word }

        var route: Int? { RouteBits.route(word) }
        var reason: Int { Int(word >> 8 & 0xffff) }
        var outcome: DecisionOutcome { DecisionOutcome(rawValue: UInt8(truncatingIfNeeded: word)) ?? .deny }
    }

    /// Which counter of requirements on trial: what was decided, and what they would have decided, in one word.
    struct ShadowKey: Hashable {
        let word: UInt64

        init(route: Int?, enforced: DecisionOutcome, outcome: DecisionOutcome, reason: Int) {
            word = DecisionKey(route: route, outcome: outcome, reason: reason).word | UInt64(enforced.rawValue) << 24
        }

        init(word: UInt64) { self.word = word }

        /// What they would have decided.
        var decision: DecisionKey { DecisionKey(word: word & ~(0xff << 24)) }
        var enforced: DecisionOutcome { DecisionOutcome(rawValue: UInt8(truncatingIfNeeded: word >> 24)) ?? .deny }
    }

    /// The upper half of a key's word: the route's index plus one, or zero for none.
    enum RouteBits {
        static let lower: UInt64 = 0xffff_ffff

        static func bits(_ route: Int?) -> UInt64 {
            guard let route, route >= 0, route < Int(Int32.max) else { return 0 }
            return UInt64(route + 1) << 32
        }

        static func route(_ word: UInt64) -> Int? { word >> 32 == 0 ? nil : Int(word >> 32) - 1 }
    }

    private(set) var requests = CounterTable(countMax: seriesMax)
    private(set) var decisions = CounterTable(countMax: seriesMax)
    private(set) var shadows = CounterTable(countMax: seriesMax)
    var requestDuration = Histogram()
    var upstreamDuration = Histogram()
    /// By `WireProtocol`.
    var connections = Array(repeating: 0, count: WireProtocol.allCases.count)
    var sessionCacheHits: UInt64 = 0
    var sessionCacheMisses: UInt64 = 0
    var sessionCacheEntries = 0

    package init() {}

    mutating func countRequest(_ key: RequestKey, _ amount: UInt64 = 1) {
        if !requests.add(key.word, amount) { requests.add(key.word & RouteBits.lower, amount, evenIfFull: true) }
    }

    mutating func countDecision(_ key: DecisionKey, _ amount: UInt64 = 1) {
        if !decisions.add(key.word, amount) { decisions.add(key.word & RouteBits.lower, amount, evenIfFull: true) }
    }

    mutating func countShadow(_ key: ShadowKey, _ amount: UInt64 = 1) {
        if !shadows.add(key.word, amount) { shadows.add(key.word & RouteBits.lower, amount, evenIfFull: true) }
    }

    /// Adds another worker's numbers to these.
    mutating func merge(_ other: MetricsSnapshot) {
        for (key, count) in other.requests.entries { countRequest(RequestKey(word: key), count) }
        for (key, count) in other.decisions.entries { countDecision(DecisionKey(word: key), count) }
        for (key, count) in other.shadows.entries { countShadow(ShadowKey(word: key), count) }
        requestDuration.merge(other.requestDuration)
        upstreamDuration.merge(other.upstreamDuration)
        for index in connections.indices { connections[index] += other.connections[index] }
        sessionCacheHits &+= other.sessionCacheHits
        sessionCacheMisses &+= other.sessionCacheMisses
        sessionCacheEntries += other.sessionCacheEntries
    }

    mutating func renumberRoutes(_ newIndex: (Int) -> Int?) {
        let (oldRequests, oldDecisions, oldShadows) = (requests.entries, decisions.entries, shadows.entries)
        requests = CounterTable(countMax: Self.seriesMax)
        decisions = CounterTable(countMax: Self.seriesMax)
        shadows = CounterTable(countMax: Self.seriesMax)
        func renumbered(_ word: UInt64) -> UInt64? {
            guard let route = RouteBits.route(word) else { return word }
            return newIndex(route).map { RouteBits.bits($0) | word & RouteBits.lower }
        }
        for (key, count) in oldRequests {
            if let word = renumbered(key) { countRequest(RequestKey(word: word), count) }
        }
        for (key, count) in oldDecisions {
            if let word = renumbered(key) { countDecision(DecisionKey(word: word), count) }
        }
        for (key, count) in oldShadows {
            if let word = renumbered(key) { countShadow(ShadowKey(word: word), count) }
        }
    }
}
