import EventLoop
import HTTP2
import HTTPMessage
import TLS

/// One HTTP/2 connection to an endpoint, which carries many requests at once.
///
/// One task reads and passes news on to the streams, another sends the frames of all of them, once a turn of the loop.
/// Nobody reads more for a stream than its request takes, and no stream holds more for a server that gives no window
/// than `HTTP2Stream.outgoingBytesMax`: a slow side slows the other.
final class UpstreamSession {
    let http2: HTTP2ClientSession
    private let transport: Transport
    private let endpoint: UpstreamEndpoint
    private let means: UpstreamMeans
    /// Rung when the server has greeted, or never will.
    private let greeting: Doorbell
    /// The requests that are under way, each at the place that its stream's tag names.
    @safe @exclusivity(unchecked) private var streams: [UpstreamStream?] = []
    @safe @exclusivity(unchecked) private var freePlaces: [Int] = []
    /// Places that are taken, whether their streams are open yet or not.
    @safe @exclusivity(unchecked) private(set) var taken = 0
    /// Whether a request was answered here before.
    @safe @exclusivity(unchecked) private(set) var isReused = false
    @safe @exclusivity(unchecked) private(set) var idleSince: MonotonicInstant
    @safe @exclusivity(unchecked) private var input = ByteBuffer()
    @safe @exclusivity(unchecked) private var hasGreeted = false
    @safe @exclusivity(unchecked) private var isSending = false
    @safe @exclusivity(unchecked) private var isEnded = false
    /// Whether it gets no more requests, and ends with its last.
    @safe @exclusivity(unchecked) private var isRetired = false
    @safe @exclusivity(unchecked) private var liveness: Liveness

    /// How many requests one connection carries at once, however many the server would take.
    private static let streamsMax = 100
    /// The window of all streams together is as large as theirs: what a few slow clients leave unread must not keep the
    /// server from answering the others.
    private static let limits: HTTP2Limits = {
        var limits = HTTP2Limits()
        limits.connectionWindow = Int32(clamping: streamsMax * Int(limits.streamWindow))
        return limits
    }()
    /// How often the session looks at the time.
    private static let tick = Duration.seconds(5)

    init(transport: Transport, endpoint: UpstreamEndpoint, means: UpstreamMeans) {
        self.transport = transport
        self.endpoint = endpoint
        self.means = means
        greeting = Doorbell(loop: means.loop)
        http2 = HTTP2ClientSession(limits: Self.limits, workspace: means.http2Workspace)
        idleSince = means.loop.now
        liveness = Liveness(now: means.loop.now)
    }

    var loop: EventLoop { means.loop }

    /// Whether another request may begin.
    var hasRoom: Bool {
        !isEnded && !isRetired && http2.failure == nil && !http2.isGoingAway
            && taken < min(Self.streamsMax, http2.streamsMax)
    }

    // MARK: The beginning

    /// Waits for the server's SETTINGS: only then is it known that it speaks HTTP/2, and how many requests it takes at
    /// once. Nobody's request is lost to a server that does not.
    func awaitGreeting(until deadline: MonotonicInstant) async throws(UpstreamError) {
        await greeting.wait(until: deadline)
        if hasGreeted, !isEnded { return }
        let wasSilent = !isEnded
        retire()
        if wasSilent { throw .connectTimedOut }
        if let failure = http2.failure, failure != .noError { throw .malformed("HTTP/2: \(failure)") }
        throw .unreachable
    }

    // MARK: Places

    /// A place for one request.
    func lend() -> UpstreamStream {
        if taken == 0 { liveness.heard(now: loop.now, pings: http2.pingsAnswered) }
        taken += 1
        return UpstreamStream(session: self)
    }

    /// The stream of a place is open.
    func opened(_ owner: UpstreamStream, _ stream: HTTP2Stream) {
        if let place = freePlaces.popLast() {
            stream.tag = place
            streams[place] = owner
        } else {
            stream.tag = streams.count
            streams.append(owner)
        }
    }

    /// The stream of a place is nobody's any more.
    func closed(_ owner: UpstreamStream, _ stream: HTTP2Stream) {
        streams[stream.tag] = nil
        freePlaces.append(stream.tag)
        http2.release(stream)
        sendSoon()
    }

    /// A place is free again.
    func leave() {
        taken -= 1
        isReused = true
        idleSince = loop.now
        if taken == 0, isRetired || http2.isGoingAway { transport.cancel() }
        endpoint.placeCameFree(hasRoom)
    }

    /// Begins no more requests, and ends with the last of those that are under way.
    func retire() {
        isRetired = true
        if taken == 0 { transport.cancel() }
    }

    // MARK: Reading

    /// The life of the connection.
    func run() async {
        sendSoon()
        do throws(IOError) {
            while try await readAll(), !http2.isOver {
                do throws(IOError) {
                    try await transport.readable(deadline: loop.now + Self.tick)
                } catch .timedOut {
                    guard isAlive() else { break }
                }
            }
        } catch {
            // Whatever it was, the connection is at its end.
        }
        end()
    }

    /// Reads and understands what has come; false at the end of the connection.
    private func readAll() async throws(IOError) -> Bool {
        var reads = 0
        while true {
            switch try input.read(from: transport) {
            case .bytes:
                Self.feed(input, to: http2, now: loop.now)
                input.clear()
                liveness.heard(now: loop.now, pings: http2.pingsAnswered)
                passNewsOn()
                if !hasGreeted, http2.hasGreeted {
                    hasGreeted = true
                    greeting.ring()
                }
                if http2.outputCount > 0 { sendSoon() }
                if http2.isOver { return false }
                reads += 1
                if reads % Self.readsATurn == 0 { await Task.yield() }
            case .wouldBlock: return true
            case .endOfStream: return false
            }
        }
    }

    private static func feed(_ bytes: borrowing ByteBuffer, to http2: HTTP2ClientSession, now: MonotonicInstant) {
        http2.receive(bytes.span, now: now.nanoseconds)
    }

    /// How many reads in a row one connection gets before others have their turn.
    private static let readsATurn = 8

    private func passNewsOn() {
        while let stream = http2.nextNews() {
            let news = http2.takeNews(of: stream)
            streams[stream.tag]?.wake(news)
        }
    }

    // MARK: Writing

    /// Sends what there is to send once everything that is ready now has run.
    func sendSoon() {
        guard !isSending, !isEnded else { return }
        isSending = true
        means.tasks.start(.upstreamFrames(self))
    }

    /// Sends all frames that there are.
    func sendFrames() async {
        do throws(IOError) {
            while !isEnded {
                let outcome = try http2.withOutput { bytes throws(IOError) in try transport.write(bytes) }
                passNewsOn()
                switch outcome {
                case .bytes(0):
                    isSending = false
                    return
                case .bytes(let count): http2.outputWasSent(count)
                case .wouldBlock: try await transport.writable(deadline: loop.now + Self.writeTimeout)
                }
            }
        } catch {
            // The reader sees to the end.
            transport.cancel()
        }
        isSending = false
    }

    /// How long a server may read nothing at all.
    private static let writeTimeout = Duration.seconds(60)

    // MARK: The end

    /// Whether the server still answers, as far as one can know; asks it when it was silent for long.
    private func isAlive() -> Bool {
        switch liveness.review(now: loop.now, isAwaited: taken > 0) {
        case .alive: return true
        case .dead: return false
        case .ask:
            http2.ping()
            sendSoon()
            return true
        }
    }

    private func end() {
        isEnded = true
        http2.abandon()
        passNewsOn()
        transport.close()
        greeting.ring()
        endpoint.sessionEnded(self)
    }
}

/// When to ask a server whether it is still there (PING), and when to give it up.
///
/// Only a server that somebody waits for is asked, half a minute after it fell silent. If all that comes then is the
/// answer, it is asked again after five minutes: gRPC servers take more than that for an attack, and end the connection
/// with ENHANCE_YOUR_CALM.
struct Liveness {
    enum Verdict { case alive, ask, dead }

    private var heardAt: MonotonicInstant
    private var askedAt: MonotonicInstant?
    private var pingsSeen = 0
    private var silence = Self.firstSilence

    private static let firstSilence = Duration.seconds(30)
    private static let laterSilence = Duration.seconds(301)
    private static let answerTimeout = Duration.seconds(10)

    init(now: MonotonicInstant) {
        heardAt = now
    }

    /// Something came. `pings` is how many PINGs were answered by now.
    mutating func heard(now: MonotonicInstant, pings: Int) {
        silence = pings == pingsSeen ? Self.firstSilence : Self.laterSilence
        pingsSeen = pings
        heardAt = now
        askedAt = nil
    }

    mutating func review(now: MonotonicInstant, isAwaited: Bool) -> Verdict {
        if let askedAt { return now < askedAt + Self.answerTimeout ? .alive : .dead }
        guard isAwaited, now >= heardAt + silence else { return .alive }
        askedAt = now
        return .ask
    }
}
