/// Makes the numbers that name requests, decisions and spans: unique across workers and restarts, cheap, and not secret.
///
/// A request's id is 128 bits: the worker's random prefix and a counter that has been mixed, so that ids of one worker
/// don't look like neighbours.
struct RequestIDs {
    private let prefix: UInt64
    private var counter: UInt64

    init() {
        var generator = SystemRandomNumberGenerator()
        prefix = generator.next()
        counter = generator.next()
    }

    mutating func next() -> RequestID {
        counter &+= 0x9e37_79b9_7f4a_7c15
        return RequestID(high: prefix, low: Self.mixed(counter))
    }

    /// The finalizer of SplitMix64: a permutation of 64 bits.
    fileprivate static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

/// What names one request in logs, errors and `X-Request-Id`.
struct RequestID: Hashable, Sendable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    /// Names the decision about the request: what a refused person reads out to the operator.
    var decision: UInt64 { RequestIDs.mixed(high ^ low) }
    /// Names the gateway's span in a trace; never zero (W3C Trace Context, section 3.2.2.4).
    var span: UInt64 { RequestIDs.mixed(low) | 1 }

    var description: String { Self.hex(high) + Self.hex(low) }
    var decisionText: String { Self.hex(decision) }

    private static func hex(_ word: UInt64) -> String {
        let text = String(word, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }
}
