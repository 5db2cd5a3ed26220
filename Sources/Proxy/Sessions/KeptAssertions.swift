import Assertion
import Identity
import Policy

/// An assertion that was signed for one session, route and plant, ready to be sent: its line, or its text alone.
final class KeptAssertion {
    let place: IdentityLines.Place
    /// From when on another is signed in its place: while it is still good for long enough to arrive and be looked at.
    let staleAt: Timestamp
    private let signedAt: Timestamp
    /// The line with its CRLF; empty once the shelf has let go of it.
    @safe @exclusivity(unchecked) fileprivate(set) var line: [UInt8]
    private let nameCount: Int

    /// How long an assertion that is sent is good for, at least.
    static let remainder = Duration.seconds(15)

    init(_ place: IdentityLines.Place, field: [UInt8], text: String, signedAt: Timestamp) {
        self.place = place
        self.signedAt = signedAt
        staleAt = signedAt + (AssertionClaims.lifetime - Self.remainder)
        nameCount = field.count
        line = field + Array(text.utf8) + [0x0D, 0x0A]
    }

    /// Whether it may be sent. A clock that was set back makes it stale, too.
    func isGood(at now: Timestamp) -> Bool { now < staleAt && now >= signedAt && !line.isEmpty }

    /// The assertion alone.
    var text: String {
        line.count > nameCount + 2 ? String(decoding: line[nameCount..<(line.count - 2)], as: UTF8.self) : ""
    }
}

/// All assertions that a worker keeps: so many at most, whoever asks for however many plants. The oldest give way, since
/// they are the next to be stale.
final class AssertionShelf {
    private var kept: [KeptAssertion?]
    private var next = 0
    /// How many were signed, for the tests that show how seldom that is.
    private(set) var signedCount = 0

    /// Some 10 MB at the usual size of an assertion.
    init(countMax: Int = 16_384) { kept = Array(repeating: nil, count: max(1, countMax)) }

    /// Keeps one, in place of the oldest if there is no room.
    func keep(_ assertion: KeptAssertion) {
        kept[next]?.line = []
        kept[next] = assertion
        next = (next + 1) % kept.count
        signedCount += 1
    }

    /// Lets go of what is stale, from the oldest on.
    func sweep(_ now: Timestamp) {
        for offset in 0..<kept.count {
            let index = (next + offset) % kept.count
            guard let assertion = kept[index] else { continue }
            guard !assertion.isGood(at: now) else { return }
            assertion.line = []
            kept[index] = nil
        }
    }
}

/// The assertions of one session. People work in one plant and a few routes at a time.
struct SessionAssertions {
    private static let countMax = 4
    private var kept: [KeptAssertion] = []

    /// The one for `place`, if it is still good.
    func good(for place: IdentityLines.Place, at now: Timestamp) -> KeptAssertion? {
        for assertion in kept where assertion.place == place && assertion.isGood(at: now) { return assertion }
        return nil
    }

    mutating func add(_ assertion: KeptAssertion) {
        kept.removeAll { $0.place == assertion.place || $0.line.isEmpty }
        if kept.count >= Self.countMax { kept.removeFirst() }
        kept.append(assertion)
    }
}
