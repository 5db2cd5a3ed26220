import EventLoop
import HTTP1
import HTTPMessage
import TLS
import Telemetry

/// One client's connection, as one task that reads like a story: handshake; then, until closed, wait for a request,
/// read its head, answer it, tell the log. A client that prefers HTTP/2 is served by an `HTTP2Connection` instead.
///
/// Belongs to its worker, as all that it touches does. While it waits for the next request it holds no buffer.
@safe final class DownstreamConnection {
    /// What the connection is doing, for drain and for shedding.
    enum Activity {
        case handshaking
        case idle(since: MonotonicInstant)
        case busy
    }

    /// Why `serve` returned.
    enum Leave {
        /// The connection is closed.
        case closed
        /// The client pauses: `pause` waits for it, and then `serve` goes on.
        case pausing
        /// The client and an application speak another protocol now: `tunnel` carries it.
        case switched
    }

    let number: UInt64
    let transport: Transport
    let client: Client
    let state: WorkerState
    let loop: EventLoop
    /// Answers the requests.
    let conversation: Conversation
    /// What the client and we speak, once it has chosen HTTP/2.
    @safe @exclusivity(unchecked) private var http2: HTTP2Connection?
    @safe @exclusivity(unchecked) var http1Activity = Activity.handshaking
    @safe @exclusivity(unchecked) var exchange: Exchange?
    @safe @exclusivity(unchecked) private var isGreeted = false
    /// When the client's time to send another request is over; nil while it has not begun.
    @safe @exclusivity(unchecked) var idleDeadline: MonotonicInstant?
    /// The task that serves, while it has nothing to do, and what it is called for.
    @exclusivity(unchecked) var server: UnsafeContinuation<Void, Never>?
    @safe @exclusivity(unchecked) var arrival: RequestArrival?

    init(number: UInt64, transport: Transport, client: Client) {
        self.number = number
        self.transport = transport
        self.client = client
        state = client.state
        loop = client.state.loop
        conversation = Conversation(client: client, channel: .http1(transport))
    }

    var activity: Activity { http2?.activity ?? http1Activity }
    var wireProtocol: WireProtocol { http2 == nil ? .http11 : .http2 }

    var timeouts: ConnectionTimeouts { state.deployment.timeouts }

    /// The life of the connection, or as much of it as there is until the client pauses.
    func serve() async -> Leave {
        if !isGreeted {
            isGreeted = await shakeHands()
            if isGreeted, http2 == nil { watchForTheEnd() }
        }
        if let http2 { return await http2.serve() }
        if isGreeted {
            var ending = Conversation.Ending.next
            while ending == .next {
                var arrival = await nextArrival()
                if case .part(let exchange) = arrival { arrival = await readHead(exchange) }
                switch arrival {
                case .request(let exchange, let step): ending = await conversation.goOn(from: step, exchange)
                case .refused(let exchange, let refusal): ending = await conversation.refuse(exchange, refusal)
                case .answered: ending = .close
                case .pause: return .pausing
                case .gone, .part: ending = .abort
                }
                if ending == .next { rest() }
            }
            if ending == .switched {
                giveBackExchange()
                return .switched
            }
            if ending == .close { await linger() }
        }
        transport.close()
        await conversation.pump?.stopped()
        // The pump and the conversation hold each other.
        conversation.rest()
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
        if let http2 { return await http2.pause() }
        // However that ends: who serves next sees for itself.
        try? await transport.socket.readable(deadline: idleDeadline ?? loop.now)
    }

    /// Carries what client and application say to each other, to its end. For a task of its own, as `pause` is.
    func tunnel() async {
        await conversation.runTunnel()
        transport.close()
    }

    /// Ends the connection now if it only waits for a request. Else, when the worker drains, the present answer is the
    /// last one.
    func drain() {
        if let http2 { return http2.drain() }
        if case .idle = activity { transport.cancel() }
    }

    /// Ends the connection whatever it does.
    func cancel() {
        // A tunnel says goodbye first, and ends its connection itself.
        if conversation.tunnel == nil { transport.cancel() }
        conversation.cancel()
        http2?.cancel()
    }

    // MARK: Beginning

    /// Hears a proxy out, if one has to say whose the connection is, and completes the TLS handshake. A client that
    /// speaks plain HTTP to TLS is told so.
    private func shakeHands() async -> Bool {
        let deadline = loop.now + timeouts.handshake
        if client.service.expectsProxyHeader {
            guard await readProxyHeader(deadline: deadline), client.enter(state.budget) else {
                state.tally.connectionsRefused &+= 1
                return false
            }
        }
        guard case .tls(let connection) = transport else { return true }
        do {
            try await connection.handshake(deadline: deadline)
        } catch {
            state.tally.handshakesFailed &+= 1
            if case .plainHTTP = error { await tellPlainHTTP() }
            return false
        }
        client.greet(serverName: connection.sniHostname)
        guard connection.alpnProtocol == "h2" else {
            // Whoever has shaken hands says what they came for at once, mostly while we made them a ticket.
            connection.socket.expectInput()
            return true
        }
        http2 = HTTP2Connection(client: client, transport: transport)
        state.metrics.connectionClosed(.http11)
        state.metrics.connectionOpened(.http2)
        return true
    }

    /// Has the conversation told when the client hangs up: nobody reads while an answer is awaited.
    private func watchForTheEnd() {
        // It lives for as long as the connection, which closes the transport in the end.
        transport.socket.whenPeerHangsUp { [unowned conversation] in conversation.clientHungUp() }
    }

    // MARK: Waiting and reading

    /// Reads until the head is complete, within the head deadline.
    private func readHead(_ exchange: Exchange) async -> RequestArrival {
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
                if let arrival = takeHead(exchange) { return arrival }
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
    func rest() {
        conversation.rest()
        idleDeadline = nil
        guard let exchange else { return }
        if exchange.input.isEmpty { giveBackExchange() } else { exchange.reset() }
    }

    func giveBackExchange() {
        if let exchange {
            state.exchanges.giveBack(exchange)
            self.exchange = nil
        }
    }

    // MARK: Ending

    /// Closes so that the client can read the answer to its end: says that nothing more will come, and reads and
    /// forgets what the client still sends, within bounds. Closing at once would make the kernel answer unread bytes
    /// with a reset, which destroys the answer on its way (RFC 9112, section 9.6).
    private func linger() async {
        transport.shutdownWrite()
        if let pump = conversation.pump, pump.isRunning {
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
