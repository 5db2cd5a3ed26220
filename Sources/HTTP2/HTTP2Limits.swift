package import HTTPMessage

/// What one side of a connection allows the other, and how much of it is held in memory at most.
package struct HTTP2Limits: Sendable {
    /// How many streams the peer may have open (SETTINGS_MAX_CONCURRENT_STREAMS). 100 is what RFC 9113, section 6.5.2,
    /// asks for at least, and what Go, Envoy and HAProxy say; every stream may hold an exchange's buffers.
    package var streamsMax: UInt32 = 100
    /// How much of a stream's body may be on its way or unread (SETTINGS_INITIAL_WINDOW_SIZE).
    package var streamWindow: UInt32 = 64 * 1024
    /// The same for all streams of a connection together. A body that is not read is in memory, so this is the most
    /// that one connection can make us hold, however many streams it has.
    package var connectionWindow: Int32 = 1024 * 1024
    /// How large a head may be, and how many fields it may have. Every crumb of a cookie counts as a field: a table
    /// reference of one byte brings one (CVE-2026-49975).
    package var head = HeadLimits()
    /// How many frames wait for the peer to read before no more are made. One TLS write takes a quarter of it.
    package var outputBytesMax = 256 * 1024
    /// Whether a client may ask for a tunnel through a stream (RFC 8441).
    package var allowsExtendedConnect = false

    package init() {}
}

/// What unfruitful work a peer may cause on one connection before it is sent away with ENHANCE_YOUR_CALM.
///
/// Each is a number of tokens: so many at once, and so many a second from then on. The figures are far above what any
/// client does that means well, and low enough that one connection cannot keep a core busy.
enum PeerBudget {
    /// Streams that were reset by the peer, or by us for what the peer did on them: both make us begin work that
    /// nobody waits for (rapid reset, CVE-2023-44487; MadeYouReset, CVE-2025-8671; CVE-2019-9514). nghttp2 allows 1000
    /// and 33 a second for the first kind alone, Envoy 500 if most streams end so. A browser that leaves a page resets
    /// at most the 100 streams that it may have open.
    static let resets = Allowance(atOnce: 500, perSecond: 33)
    /// Heads beyond the limits: each may have cost the decoding of 64 KiB (CVE-2024-27316, CVE-2026-47774).
    static let oversizedHeads = Allowance(atOnce: 20, perSecond: 1)
    /// Frames that ask for something, carry nothing, or only adjust: PING and SETTINGS (CVE-2019-9512, -9515), empty
    /// DATA and CONTINUATION (-9518), PRIORITY (-9513), windows opened by a byte (-9511), types that nobody knows.
    /// nginx allows 1 MiB of bytes that are no payload, Envoy 1000 control frames a connection.
    static let frames = Allowance(atOnce: 2000, perSecond: 500)
    /// How many such frames each stream that opens, and each DATA frame that was sent, earns: who reads fast opens
    /// windows often, and gRPC sends a PING for every piece of data that it reads, to measure the line.
    static let framesEarned = 2.0
    /// How many answers to PING and SETTINGS may wait for a peer that does not read (CVE-2019-9512, -9515).
    static let waitingAnswers = 100
    /// How many CONTINUATION frames a head may have: 64 KiB are four (CVE-2024-27316).
    static let continuations = 8
    /// How many settings one SETTINGS frame may have: there are nine.
    static let settings = 32
    /// How many fields, and how many bytes of them, a head may make us look at while it is being refused: beyond, the
    /// connection ends in the middle of it. A byte of a compressed head can stand for 4 KiB (CVE-2026-47774).
    static let refusedFieldsMax = 1000
    static let refusedBytesMax = 1024 * 1024
    /// How many streams may be opened before our SETTINGS are acknowledged, open or not: who has read an answer has
    /// read them too, since they come first (CVE-2025-53506).
    static let streamsBeforeAcknowledgement = 200
    /// How many streams that the peer has closed may still be at work on our side (CVE-2025-8671).
    static let strayStreamsMax = 100
    /// How many interim answers may wait to be passed on.
    static let interimAnswersMax = 16
}

/// So many at once, and so many a second.
struct Allowance {
    let atOnce: Double
    let perSecond: Double
}

/// A bucket of tokens that fills itself with time.
struct TokenBucket {
    private let allowance: Allowance
    private var tokens: Double
    private var filledAt: UInt64 = 0

    init(_ allowance: Allowance) {
        self.allowance = allowance
        tokens = allowance.atOnce
    }

    /// Takes `count` tokens; false when there are not so many.
    mutating func take(_ count: Double = 1, now nanoseconds: UInt64) -> Bool {
        if nanoseconds > filledAt {
            let seconds = Double(nanoseconds - filledAt) / 1e9
            tokens = min(allowance.atOnce, tokens + seconds * allowance.perSecond)
            filledAt = nanoseconds
        }
        guard tokens >= count else { return false }
        tokens -= count
        return true
    }

    /// Puts `count` tokens back.
    mutating func earn(_ count: Double) { tokens = min(allowance.atOnce, tokens + count) }
}
