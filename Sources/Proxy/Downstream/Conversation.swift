import EventLoop
import HTTPMessage
import TLS

/// Answers the requests of a client, one at a time: all that is the same whatever protocol they came by.
///
/// An HTTP/1.1 connection has one, for request after request; over HTTP/2 every stream has its own. What differs
/// between the protocols, how bytes come and go, is the channel's.
final class Conversation {
    /// What becomes of the client's connection after an answer. To HTTP/2 it is what becomes of the stream.
    enum Ending {
        /// The next request may come.
        case next
        /// All was said; let the client read it to the end, then close.
        case close
        /// Something broke in the middle: close at once, so that nobody takes the half for the whole.
        case abort
        /// What goes on is not HTTP any more: `runTunnel` carries it.
        case switched
    }

    let client: Client
    let state: WorkerState
    // What of that every request needs, at hand: what is reached by way of something else is counted up and down each time.
    let loop: EventLoop
    let sessions: SessionDirectory
    let exchanges: ExchangePool
    let digest: DigestContext
    let channel: Channel
    /// The connection to an application that works on the present request.
    @safe @exclusivity(unchecked) var upstream: UpstreamConnection?
    /// What an application was asked, while nobody but the loop waits for its answer.
    @safe @exclusivity(unchecked) var asked: PermittedRequest?
    /// The pump of the request body that is on its way, if there is one.
    @safe @exclusivity(unchecked) var pump: RequestBodyPump?
    /// How the client reads the present answer; nil while it never had to be waited for.
    @safe @exclusivity(unchecked) private var answerPace: Pace?
    /// The tunnel that the last answer has opened.
    @safe @exclusivity(unchecked) var tunnel: OpenTunnel?
    /// Whether the present request is known to those who watch over rights.
    @safe @exclusivity(unchecked) private(set) var isHeld = false
    /// Whether the right to the present answer was lost on the way.
    @safe @exclusivity(unchecked) private(set) var isRevoked = false

    init(client: Client, channel: Channel) {
        self.client = client
        state = client.state
        loop = state.loop
        sessions = state.sessions
        exchanges = state.exchanges
        digest = state.digest
        self.channel = channel
    }

    var service: ListenerService { client.service }
    var peer: SocketAddress { client.peer }
    var timeouts: ConnectionTimeouts { state.deployment.timeouts }

    /// Makes ready for the next request.
    func rest() {
        assert(upstream == nil && asked == nil, "what the last request held stays with nobody")
        pump = nil
        answerPace = nil
        isRevoked = false
    }

    /// Ends what waits for an application.
    func cancel() {
        upstream?.cancel()
        tunnel?.tunnel.end(.draining)
    }

    // MARK: What takes its time

    /// Has the present request end with the right to it, from now on.
    func hold(_ exchange: Exchange) {
        guard !isHeld else { return }
        isHeld = true
        watch(.answer(self), exchange)
    }

    /// Has a stream end with the right that the present request was let in by; at once, if a reload has taken it meanwhile.
    func watch(_ stream: LiveStreams.Stream, _ exchange: Exchange) {
        state.streams.add(
            stream, StreamRight(exchange), changesHeard: sessions.changesHeard,
            under: isReconfigured(exchange) ? state.deployment.routes : nil, now: state.clock.now)
    }

    /// The present request is answered, or never will be.
    func letGo() {
        guard isHeld else { return }
        isHeld = false
        state.streams.forget(self)
    }

    /// Ends the present request midway, since the right to it is lost. Repeatable.
    func end() {
        guard !isRevoked else { return }
        isRevoked = true
        upstream?.cancel()
        switch channel {
        case .http1(let transport): transport.cancel()
        case .http2(let channel): channel.breakOff()
        }
    }
}

/// How bytes come from a client and go to it.
enum Channel {
    /// The connection itself, which carries one message after the other.
    case http1(Transport)
    /// One of many streams of a connection.
    case http2(HTTP2Channel)
}

extension Conversation {
    /// Whether nobody waits for the answer any more, as far as one can know.
    var isClientGone: Bool {
        switch channel {
        case .http1(let transport): isRevoked || client.hasLeft(transport)
        case .http2(let channel): channel.isGone
        }
    }

    /// Whether whoever waits for the client is told to end: the right is lost, or the gateway stops. Who never has to wait
    /// has to ask.
    var isToldToEnd: Bool {
        switch channel {
        case .http1(let transport): transport.socket.isCancelled
        // A stream says so by itself when it is read or written.
        case .http2: isRevoked
        }
    }

    /// The client has ended what it says over HTTP/1.1, or its connection is broken: an application that works for
    /// somebody who is gone is told so at once. What waits unread, such as the next request, is not looked at.
    func clientHungUp() {
        if isClientGone { upstream?.cancel() }
    }

    // MARK: Reading

    /// Appends what came of the request's body to `exchange.input`. `endOfStream` when the client is gone; the body's
    /// end is found by `exchange.requestBody`.
    func readBody(_ exchange: Exchange) throws(IOError) -> ReadOutcome {
        switch channel {
        case .http1(let transport):
            return try exchange.input.read(from: transport)
        case .http2(let channel):
            let outcome = try channel.read(into: &exchange.input)
            guard outcome == .endOfStream else { return outcome }
            exchange.requestBody.end()
            return .bytes(0)
        }
    }

    /// Waits until a read can bring something; at once when it can now.
    func readable(deadline: MonotonicInstant) async throws(IOError) {
        switch channel {
        case .http1(let transport): try await transport.readable(deadline: deadline)
        case .http2(let channel): try await channel.readable(deadline: deadline)
        }
    }

    // MARK: Writing

    /// Sends what the client takes now of `exchange.output`, and says whether more may follow at once. What is asked
    /// first: most answers need no more, and a call that cannot suspend costs less.
    ///
    /// - Parameter ends: whether the answer ends with it.
    func flushNow(_ exchange: Exchange, ends: Bool = false) throws(IOError) -> Bool {
        switch channel {
        case .http1(let transport):
            while !exchange.output.isEmpty {
                let outcome = try exchange.output.write(to: transport)
                guard case .bytes(let count) = outcome else { return false }
                exchange.output.consume(count)
                exchange.record.bytesSent &+= UInt64(count)
            }
            return true
        case .http2(let channel):
            // What is handed over last is sent without this task.
            let trailers = ends ? exchange.trailers : nil
            exchange.record.bytesSent &+= UInt64(try channel.push(&exchange.output, ends: ends, trailers: trailers))
            return ends || channel.hasRoom
        }
    }

    /// Sends all of `exchange.output`. A client that reads nothing for too long, or too slowly, is given up.
    func flush(_ exchange: Exchange, ends: Bool = false) async throws(IOError) {
        while try !flushNow(exchange, ends: ends) {
            let began = loop.now
            var pace = answerPace ?? Pace(answer: timeouts)
            pace.note(allBytes: exchange.record.bytesSent)
            switch channel {
            case .http1(let transport): try await transport.writable(deadline: pace.deadline(now: began))
            case .http2(let channel): try await channel.writable(deadline: pace.deadline(now: began))
            }
            pace.note(waited: loop.now - began)
            answerPace = pace
        }
    }
}
