import EventLoop
import HTTP1
import HTTPMessage
import TLS

/// One client's connection, as one task that reads like a story: handshake; then, until closed, wait for a request,
/// read its head, answer it, tell the log.
///
/// Belongs to its worker, as all that it touches does. While it waits for the next request it holds no buffer.
final class DownstreamConnection {
    /// What the connection is doing, for drain and for shedding.
    enum Activity {
        case handshaking
        case idle(since: MonotonicInstant)
        case busy
    }

    /// What becomes of the connection after an answer.
    enum Ending {
        /// The next request may come.
        case next
        /// All was said; let the client read it to the end, then close.
        case close
        /// Something broke in the middle: close at once, so that nobody takes the half for the whole.
        case abort
    }

    /// Why `serve` returned.
    enum Leave {
        /// The connection is closed.
        case closed
        /// The client pauses: `pause` waits for it, and then `serve` goes on.
        case pausing
    }

    /// How the wait for a request ended.
    private enum Arrival {
        case request(Exchange)
        /// What came is not a request that may be answered, but must be refused.
        case refused(Exchange, RequestRefusal)
        /// Nothing has come for a while, but still may.
        case pause
        /// The client has gone, or stayed silent for too long.
        case gone
    }

    let number: UInt64
    let transport: Transport
    let service: ListenerService
    let state: WorkerState
    let peer: SocketAddress
    /// The peer's address as the access log and `X-Forwarded-For` write it.
    let peerText: [UInt8]
    let clientText: String
    @safe @exclusivity(unchecked) private(set) var activity = Activity.handshaking
    /// The connection to an application that works on the present request.
    @safe @exclusivity(unchecked) var upstream: UpstreamConnection?
    /// The pump of the request body that is on its way, if there is one.
    @safe @exclusivity(unchecked) var pump: RequestBodyPump?
    @safe @exclusivity(unchecked) private var exchange: Exchange?
    @safe @exclusivity(unchecked) private var isGreeted = false
    /// When the client's time to send another request is over; nil while it has not begun.
    @safe @exclusivity(unchecked) private var idleDeadline: MonotonicInstant?
    /// The last token that came over this connection, with its hash.
    @safe @exclusivity(unchecked) var lastToken = LastToken()
    /// The host that a TLS client asked for.
    @safe @exclusivity(unchecked) var sni: ServerName?

    init(number: UInt64, transport: Transport, peer: SocketAddress, service: ListenerService, state: WorkerState) {
        self.number = number
        self.transport = transport
        self.peer = peer
        self.service = service
        self.state = state
        clientText = peer.hostText
        peerText = Array(clientText.utf8)
    }

    var loop: EventLoop { state.loop }
    var timeouts: ConnectionTimeouts { state.deployment.timeouts }

    /// The life of the connection, or as much of it as there is until the client pauses.
    func serve() async -> Leave {
        if !isGreeted { isGreeted = await shakeHands() }
        if isGreeted {
            var ending = Ending.next
            while ending == .next {
                switch await nextRequest() {
                case .pause: return .pausing
                case .request(let exchange): ending = await answer(exchange)
                case .refused(let exchange, let refusal): ending = await refuse(exchange, refusal)
                case .gone: ending = .abort
                }
                if ending == .next { rest() }
            }
            if ending == .close { await linger() }
        }
        transport.close()
        await pump?.stopped()
        if let exchange {
            state.exchanges.giveBack(exchange)
            self.exchange = nil
        }
        return .closed
    }

    /// Waits until the client goes on, its time is over, or the connection is cancelled.
    ///
    /// For a task of its own: the one that served has grown to what its deepest call needed, and keeps that for as long
    /// as it lives.
    func pause() async {
        try? await transport.socket.readable(deadline: idleDeadline ?? loop.now)
    }

    /// Ends the connection now if it only waits for a request. Else, when the worker drains, the present answer is the
    /// last one.
    func drain() {
        if case .idle = activity { transport.cancel() }
    }

    /// Ends the connection whatever it does.
    func cancel() {
        transport.cancel()
        upstream?.transport.cancel()
    }

    // MARK: Beginning

    /// Completes the TLS handshake. A client that speaks plain HTTP is told so.
    private func shakeHands() async -> Bool {
        guard case .tls(let connection) = transport else { return true }
        do {
            try await connection.handshake(deadline: loop.now + timeouts.handshake)
        } catch {
            state.tally.handshakesFailed &+= 1
            if case .plainHTTP = error { await tellPlainHTTP() }
            return false
        }
        sni = connection.sniHostname.map(ServerName.init)
        return true
    }

    // MARK: Waiting and reading

    /// Waits for the next request and reads its head.
    private func nextRequest() async -> Arrival {
        while true {
            if let exchange, !exchange.input.isEmpty {
                if let arrival = parseHead(exchange) { return arrival }
                return await readHead(exchange)
            }
            if !transport.mayRead {
                let deadline = nextIdleDeadline()
                // Nothing is buffered above the socket, or there would be something to read.
                do throws(IOError) { try await transport.socket.readable(deadline: deadline) } catch {
                    return error == .timedOut && deadline != idleDeadline ? .pause : .gone
                }
            }
            activity = .busy
            let exchange = state.exchanges.borrow()
            self.exchange = exchange
            do throws(IOError) {
                switch try read(into: &exchange.input) {
                case .bytes: continue
                case .endOfStream: return .gone
                // Only the other layers had something to say, as TLS does with its tickets.
                case .wouldBlock: giveBackExchange()
                }
            } catch {
                return .gone
            }
        }
    }

    /// Until when to wait for a request before something else happens: the client pauses, or its time is over.
    private func nextIdleDeadline() -> MonotonicInstant {
        guard let idleDeadline else {
            activity = .idle(since: loop.now)
            let end = loop.now + timeouts.keepAliveIdle
            idleDeadline = end
            return min(end, loop.now + timeouts.pause)
        }
        return idleDeadline
    }

    /// What the bytes that have come amount to; nil while the head is not complete.
    private func parseHead(_ exchange: Exchange) -> Arrival? {
        do throws(RequestError) {
            guard case .complete(let consumed) = try exchange.parseRequest() else { return nil }
            exchange.input.consume(consumed)
            return .request(exchange)
        } catch {
            return .refused(exchange, RequestRefusal(error))
        }
    }

    /// Reads until the head is complete, within the head deadline.
    private func readHead(_ exchange: Exchange) async -> Arrival {
        let deadline = loop.now + timeouts.head
        while true {
            do throws(IOError) {
                reading: while true {
                    switch try read(into: &exchange.input) {
                    case .bytes: break reading
                    case .endOfStream: return .gone
                    case .wouldBlock: try await transport.readable(deadline: deadline)
                    }
                }
                if let arrival = parseHead(exchange) { return arrival }
                if loop.now >= deadline { throw .timedOut }
            } catch {
                return error == .timedOut ? .refused(exchange, .headTooSlow) : .gone
            }
        }
    }

    /// Appends what the client sent to `buffer`.
    func read(into buffer: inout ByteBuffer) throws(IOError) -> ReadOutcome {
        try buffer.read(from: transport)
    }

    /// After an answer that left the connection in step: lets go of what the request needed.
    private func rest() {
        pump = nil
        idleDeadline = nil
        guard let exchange else { return }
        if exchange.input.isEmpty { giveBackExchange() } else { exchange.reset() }
    }

    private func giveBackExchange() {
        if let exchange {
            state.exchanges.giveBack(exchange)
            self.exchange = nil
        }
    }

    // MARK: Writing

    /// Sends what the client takes now of `exchange.output`, and says whether that was all. What is asked first: most
    /// answers need no more, and a call that cannot suspend costs less.
    func flushNow(_ exchange: Exchange) throws(IOError) -> Bool {
        while !exchange.output.isEmpty {
            let outcome = try exchange.output.write(to: transport)
            guard case .bytes(let count) = outcome else { return false }
            exchange.output.consume(count)
            exchange.record.bytesSent &+= UInt64(count)
        }
        return true
    }

    /// Sends all of `exchange.output`. A client that reads nothing for too long is given up.
    func flush(_ exchange: Exchange) async throws(IOError) {
        while try !flushNow(exchange) { try await transport.writable(deadline: loop.now + timeouts.write) }
    }

    // MARK: Ending

    /// Closes so that the client can read the answer to its end: says that nothing more will come, and reads and
    /// forgets what the client still sends, within bounds. Closing at once would make the kernel answer unread bytes
    /// with a reset, which destroys the answer on its way (RFC 9112, section 9.6).
    private func linger() async {
        transport.shutdownWrite()
        if let pump, pump.isRunning {
            // The pump is reading already; it only needs an end.
            let canceller = transport.canceller
            let end = loop.now + timeouts.linger
            let timer = Task(executorPreference: loop) { [loop] in
                await loop.sleep(until: end)
                canceller.cancel()
            }
            await pump.stopped()
            timer.cancel()
            return
        }
        let exchange = self.exchange ?? state.exchanges.borrow()
        self.exchange = exchange
        let deadline = loop.now + timeouts.linger
        var left = Self.lingerBytesMax
        do throws(IOError) {
            while left > 0 {
                exchange.input.clear()
                switch try read(into: &exchange.input) {
                case .bytes(let count): left -= count
                case .endOfStream: return
                case .wouldBlock: try await transport.readable(deadline: deadline)
                }
                if loop.now >= deadline { return }
            }
        } catch {
            // Whatever it was, the connection is closed next.
            return
        }
    }

    /// How much a client may go on sending after the last answer.
    private static let lingerBytesMax = 1024 * 1024
}
