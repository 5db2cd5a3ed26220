import EventLoop
import HTTP2
import HTTPMessage
import TLS

/// One client's HTTP/2 connection: reads and understands frames, has a task serve each stream that opens, and sends the
/// frames of all of them together, once a turn of the loop.
///
/// The reader only feeds the session and passes news on; tasks run after it has suspended, so nothing re-enters.
/// A connection without streams holds no buffer.
final class HTTP2Connection {
    let client: Client
    let session: HTTP2ServerSession
    private let transport: Transport
    /// The conversations of the streams that are served, each at the place that its stream's tag names, and those that
    /// wait for the next stream.
    @safe @exclusivity(unchecked) private var conversations: [Conversation] = []
    @safe @exclusivity(unchecked) private var freePlaces: [Int] = []
    @safe @exclusivity(unchecked) private var served = 0
    /// How many tasks wait for something with a deadline.
    @safe @exclusivity(unchecked) var waits = 0
    /// Whether the next round of frames is to send ours.
    @safe @exclusivity(unchecked) private var isDue = false
    /// Whether the client takes no more bytes for now, and a task waits until it does.
    @safe @exclusivity(unchecked) private var isSending = false
    @safe @exclusivity(unchecked) private var isReaderWaiting = false
    /// Whether there have been streams since `idleSince` was set.
    @safe @exclusivity(unchecked) private var wasBusy = false
    @safe @exclusivity(unchecked) private var isEnded = false
    /// Until when our greeting waits for something to leave together with; nil when it does not.
    @safe @exclusivity(unchecked) private var greetingDue: MonotonicInstant?
    private let began: MonotonicInstant
    /// Since when there has been no stream.
    @safe @exclusivity(unchecked) private var idleSince: MonotonicInstant
    @safe @exclusivity(unchecked) private var isDraining = false
    /// Whoever waits for the last stream to end.
    @safe @exclusivity(unchecked) private var lastWaiter: CheckedContinuation<Void, Never>?

    init(client: Client, transport: Transport) {
        self.client = client
        self.transport = transport
        var limits = HTTP2Limits()
        limits.head = client.state.deployment.headLimits
        limits.allowsExtendedConnect = true
        session = HTTP2ServerSession(limits: limits, workspace: client.state.http2Workspace)
        began = client.state.loop.now
        idleSince = began
    }

    private var state: WorkerState { client.state }
    private var loop: EventLoop { client.state.loop }
    private var timeouts: ConnectionTimeouts { client.state.deployment.timeouts }

    /// What the connection is doing, for drain and for shedding.
    var activity: DownstreamConnection.Activity { session.openCount == 0 ? .idle(since: idleSince) : .busy }

    // MARK: Reading

    /// The life of the connection after its handshake, or as much of it as there is until the client pauses.
    func serve() async -> DownstreamConnection.Leave {
        do throws(IOError) {
            if !session.hasGreeted { try await hearGreeting() }
            if !session.isOver, !holdsGreeting { sendNow() }
            while try await readAll(), !session.isOver {
                let deadline = nextDeadline
                isReaderWaiting = true
                defer { isReaderWaiting = false }
                do throws(IOError) {
                    try await transport.readable(deadline: deadline)
                } catch .timedOut {
                    if isPausing {
                        (conversations, freePlaces) = ([], [])
                        return .pausing
                    }
                    lookAfterDeadlines()
                }
            }
        } catch {
            // Whatever it was, the connection is at its end.
        }
        await end()
        return .closed
    }

    /// Waits a moment for the client's greeting, which follows its end of the handshake at once and waits for nothing of
    /// ours (RFC 9113, section 3.4): so our greeting and the answer to theirs leave together, and with them the tickets.
    /// If a request came along, its answer may still be in time to join them.
    private func hearGreeting() async throws(IOError) {
        let due = loop.now + timeouts.greeting
        do throws(IOError) {
            try await transport.readable(deadline: due)
            greetingDue = due
        } catch .timedOut {
            // It takes its time, and may wait for ours after all.
        }
        // Should that be the end, the next read finds it again.
        _ = try await readAll()
    }

    /// Whether our greeting waits for the answer to what was asked together with theirs.
    private var holdsGreeting: Bool { greetingDue != nil && served > 0 && session.hasGreeted }

    /// Waits for a client that pauses, as a task that holds next to nothing.
    func pause() async {
        isReaderWaiting = true
        // However that ends: who serves next sees for itself.
        try? await transport.socket.readable(deadline: idleEnd)
        isReaderWaiting = false
    }

    /// Reads and understands what has come; false at the end of the connection.
    private func readAll() async throws(IOError) -> Bool {
        var reads = 0
        while true {
            let outcome: ReadOutcome
            do throws(IOError) {
                outcome = try state.readBuffer.read(from: transport)
            } catch {
                state.readBuffer.clear()
                throw error
            }
            switch outcome {
            case .bytes:
                Self.feed(state.readBuffer, to: session, now: loop.now)
                state.readBuffer.clear()
                // Whatever the client has sent before it heard of the end has come.
                if isDraining, session.pingsAnswered > 0 { session.shutDown() }
                passNewsOn()
                // What is said last is said by `end`, which sees to it that the client can read it.
                if session.isOver { return false }
                if session.outputCount > 0, !holdsGreeting { sendNow() }
                reads += 1
                if reads % Self.readsATurn == 0 { await Task.yield() }
            case .wouldBlock: return true
            case .endOfStream: return false
            }
        }
    }

    private static func feed(
        _ bytes: borrowing ByteBuffer, to session: HTTP2ServerSession, now: MonotonicInstant
    ) {
        session.receive(bytes.span, now: now.nanoseconds)
    }

    /// How many reads in a row one connection gets before others have their turn.
    private static let readsATurn = 8

    /// Tells whoever is concerned what happened to their streams.
    private func passNewsOn() {
        while let stream = session.nextNews() {
            let news = session.takeNews(of: stream)
            if news.contains(.opened) {
                // What was opened and closed at once is over before it began (CVE-2023-44487).
                if stream.isClosed { session.release(stream) } else { begin(stream) }
            } else {
                let conversation = conversations[stream.tag]
                guard case .http2(let channel) = conversation.channel, channel.isServing else { continue }
                channel.wake(news)
                if news.contains(.closed) { conversation.clientLeft(stream.closeCode) }
            }
        }
    }

    // MARK: Streams

    private func begin(_ stream: HTTP2Stream) {
        served += 1
        wasBusy = true
        if let place = freePlaces.popLast() {
            stream.tag = place
            return conversations[place].begin(stream)
        }
        stream.tag = conversations.count
        let channel = HTTP2Channel(connection: self, stream: stream)
        let conversation = Conversation(client: client, channel: .http2(channel))
        conversations.append(conversation)
        conversation.begin(stream)
    }

    /// A stream is served. What was handed over for it is still sent.
    func finished(_ channel: HTTP2Channel, _ stream: HTTP2Stream) {
        channel.finish()
        freePlaces.append(stream.tag)
        served -= 1
        session.release(stream)
        if served == 0 {
            if conversations.count > Self.placesKept {
                conversations = []
                freePlaces = []
            }
            lastWaiter.take()?.resume()
        }
        // The answer to the last one has nothing to wait for.
        if served == 0, isReaderWaiting { sendNow() } else { sendSoon() }
    }

    private static let placesKept = 16

    // MARK: Writing

    /// Sends what there is to send once everything that is ready now has run.
    func sendSoon() {
        guard !isDue, !isSending, !isEnded else { return }
        isDue = true
        state.frameRound.add(self)
    }

    /// Sends it now, unless that has been done meanwhile.
    func sendDue() { if isDue { sendNow() } }

    /// Sends all frames that there are. A client that does not take them has a task wait for it.
    private func sendNow() {
        isDue = false
        greetingDue = nil
        guard !isSending, !isEnded else { return }
        do throws(IOError) {
            if try sendAll() { return rest() }
            isSending = true
            state.tasks.start(.frames(self))
        } catch {
            // Nobody reads it: the reader sees to the end.
            transport.cancel()
        }
    }

    /// Sends frames until there are none left, or the client takes no more: then it is false.
    private func sendAll() throws(IOError) -> Bool {
        while !isEnded {
            let outcome = try session.withOutput { bytes throws(IOError) in try transport.write(bytes) }
            passNewsOn()
            switch outcome {
            case .bytes(0): return true
            case .bytes(let count): session.outputWasSent(count)
            case .wouldBlock: return false
            }
        }
        return true
    }

    /// Waits for a client that reads slowly until it has all frames that there are.
    func sendFrames() async {
        do throws(IOError) {
            while !isEnded {
                try await transport.writable(deadline: loop.now + timeouts.write)
                if try sendAll() {
                    isSending = false
                    return rest()
                }
            }
        } catch {
            transport.cancel()
        }
        isSending = false
    }

    /// All is sent. Ends a connection on which all is said.
    private func rest() {
        if wasBusy, isIdle {
            wasBusy = false
            idleSince = loop.now
        }
        guard session.isOver, served == 0, isReaderWaiting else { return }
        transport.shutdownWrite()
        transport.cancel()
    }

    // MARK: Deadlines

    private var idleEnd: MonotonicInstant { idleSince + timeouts.keepAliveIdle }
    private var isIdle: Bool { session.openCount == 0 && session.outputCount == 0 && served == 0 }
    /// Whether the client has had nothing to say for a while, and its greeting is over.
    private var isPausing: Bool {
        isIdle && session.settingsAreAcknowledged && session.headBegan == nil && !isDraining && loop.now < idleEnd
    }

    /// When to look after what may have taken too long.
    private var nextDeadline: MonotonicInstant {
        if isIdle, session.settingsAreAcknowledged, session.headBegan == nil {
            return min(idleEnd, loop.now + timeouts.pause)
        }
        let tick = loop.now + Self.tick
        return greetingDue.map { min($0, tick) } ?? tick
    }

    /// How exactly the deadlines of streams are kept.
    private static let tick: Duration = .seconds(1)

    private func lookAfterDeadlines() {
        let now = loop.now
        if let due = greetingDue, due <= now { greetingDue = nil }
        if let head = session.headBegan, MonotonicInstant(nanoseconds: head) + timeouts.head <= now {
            // A head that is not complete holds up every other stream.
            session.terminate(.enhanceYourCalm)
        } else if !session.settingsAreAcknowledged, began + timeouts.head <= now {
            session.terminate(session.hasGreeted ? .settingsTimeout : .protocolError)
        } else if isIdle, idleEnd <= now {
            session.shutDown()
        }
        if waits > 0 {
            for conversation in conversations {
                if case .http2(let channel) = conversation.channel { channel.wakeOverdue(now: now) }
            }
        }
        session.resetStalled(now: now.nanoseconds, limit: Nanoseconds(timeouts.write).count)
        passNewsOn()
        sendSoon()
    }

    // MARK: The end

    /// Tells the client that the connection will end, in two steps, and lets the streams that run come to their end.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        session.announceShutdown()
        session.ping()
        sendSoon()
        state.tasks.start(.drain(self))
    }

    /// The second step: takes no more streams, once the client has answered the PING that follows the notice, or had
    /// time to (RFC 9113, section 6.8).
    func finishDraining() async {
        await loop.sleep(until: loop.now + Self.drainNotice)
        guard !isEnded else { return }
        session.shutDown()
        sendSoon()
    }

    private static let drainNotice: Duration = .seconds(1)

    /// Ends the connection whatever it does.
    func cancel() {
        // Tunnels say goodbye, which leaves now or not at all.
        cancelConversations()
        if !isSending,
            case .bytes(let count) = try? session.withOutput({ bytes throws(IOError) in try transport.write(bytes) })
        {
            session.outputWasSent(count)
        }
        transport.cancel()
    }

    private func cancelConversations() {
        for conversation in conversations {
            if case .http2(let channel) = conversation.channel, channel.isServing { conversation.cancel() }
        }
    }

    /// Lets the client read why, then ends the streams and waits for their tasks.
    private func end() async {
        isEnded = true
        if let code = session.failure, code != .noError { state.tally.http2Errors["\(code)", default: 0] &+= 1 }
        if session.outputCount > 0, !isSending { await sayLast() }
        session.abandon()
        passNewsOn()
        cancelConversations()
        // A client that has ended its side of HTTP/2 and of TCP has closed the socket. To ask costs less than to say goodbye
        // to nobody.
        if transport.hasPeerFinished() { transport.drop() } else { transport.close() }
        if served > 0 { await withCheckedContinuation { lastWaiter = $0 } }
        // They know the connection, and would keep it.
        (conversations, freePlaces) = ([], [])
    }

    /// Sends what is left, such as GOAWAY, says that nothing more will come, and reads and forgets what the client still
    /// sends, within bounds: closing at once would have the kernel destroy what is on its way.
    private func sayLast() async {
        let deadline = loop.now + timeouts.linger
        do throws(IOError) {
            while session.outputCount > 0 {
                switch try session.withOutput({ bytes throws(IOError) in try transport.write(bytes) }) {
                case .bytes(let count): session.outputWasSent(count)
                case .wouldBlock: try await transport.writable(deadline: deadline)
                }
            }
            transport.shutdownWrite()
            var left = Self.lingerBytesMax
            while left > 0, loop.now < deadline {
                defer { state.readBuffer.clear() }
                switch try state.readBuffer.read(from: transport) {
                case .bytes(let count): left -= count
                case .endOfStream: return
                case .wouldBlock: try await transport.readable(deadline: deadline)
                }
            }
        } catch {
            // Who does not read it misses it.
            return
        }
    }

    /// How much a client may go on sending after GOAWAY.
    private static let lingerBytesMax = 1024 * 1024
}
