import EventLoop
import HTTP1
import HTTP2
import HTTPMessage
import TLS

/// Carries the body of one request from the client to the upstream, while the connection's own task already listens for
/// the answer.
///
/// Runs as a task of its own, only for bodies that did not come together with their head. It reads no more than it has
/// written: a slow upstream slows the client down, and nothing piles up in between.
///
/// What it has passed on is kept while the request may have to be sent to another place (`KeptRequest`): an application
/// of HTTP/2 that goes away leaves undone what it was sent meanwhile, and says so (RFC 9113, section 6.8). Then whoever
/// listens for the answer holds the pump, sends the request anew, and lets the pump go on from there.
final class RequestBodyPump {
    enum State {
        case running
        /// All of it was passed on.
        case complete
        /// The client broke off, was too slow, sent too much, or broke its framing.
        case refused(RequestRefusal)
        /// The client has gone.
        case clientGone
        /// The upstream takes no more. What the client still sends is for nobody.
        case upstreamGone
    }

    private let conversation: Conversation
    private let exchange: Exchange
    @safe @exclusivity(unchecked) private var upstream: UpstreamConnection
    private let bodyBytesMax: UInt64
    private(set) var state = State.running
    /// Whether the answer is settled, so that the rest of the body is only read to be forgotten.
    private var isAbandoned = false
    private var forgotten = 0
    private var waiter: CheckedContinuation<Void, Never>?

    // MARK: For another try

    /// What would be sent, as long as that is all of what was.
    @safe @exclusivity(unchecked) private var kept: KeptRequest?
    /// Whether the upstream is given up, and another one is looked for.
    private var isHeld = false
    /// How often another one was found.
    private var moves = 0
    /// Whether nothing can be passed on until there is another upstream, or none.
    private var isStuck = false
    private var mover: CheckedContinuation<Void, Never>?

    /// - Parameter exchange: its `upstreamOutput` is the head of the request, which was sent.
    init(
        conversation: Conversation, exchange: Exchange, upstream: UpstreamConnection, bodyBytesMax: UInt64
    ) {
        self.conversation = conversation
        self.exchange = exchange
        self.upstream = upstream
        self.bodyBytesMax = bodyBytesMax
        if upstream.stream != nil || exchange.request.method.isIdempotent {
            kept = KeptRequest(head: exchange.upstreamOutput, in: conversation.state.keptMemory)
        }
        exchange.upstreamOutput.clear()
    }

    /// Frames need no chunks around what is in them.
    private var isChunked: Bool { exchange.request.framing == .chunked && upstream.stream == nil }

    var isRunning: Bool { if case .running = state { !isStuck } else { false } }
    /// Whether it is the client's doing that the body does not come whole.
    var isEndedByClient: Bool {
        switch state {
        case .refused, .clientGone: true
        case .running, .complete, .upstreamGone: false
        }
    }
    var isComplete: Bool { if case .complete = state { true } else { false } }

    /// Carries the body; the last thing that happens to the pump.
    func run() async {
        state = await carry()
        switch state {
        // The answer that is awaited there will be none of: wake who waits for it.
        case .refused, .clientGone: upstream.cancel()
        case .running, .complete, .upstreamGone: break
        }
        waiter?.resume()
        waiter = nil
    }

    /// Has the pump read on without passing anything on: the client can only read its answer if somebody reads what it
    /// still sends. The caller sets an end to it by cancelling the client's transport.
    func abandon() {
        isAbandoned = true
        settle()
    }

    /// Waits until the pump has stopped.
    func stopped() async {
        await withCheckedContinuation { waiter in
            if case .running = state { self.waiter = waiter } else { waiter.resume() }
        }
    }

    // MARK: Another try

    /// Gives the upstream up, and passes nothing on for now. Whether the request can be sent to another one.
    func hold() -> Bool {
        upstream.cancel()
        switch state {
        case .running, .complete: isHeld = kept != nil && !isAbandoned
        case .refused, .clientGone, .upstreamGone: isHeld = false
        }
        return isHeld
    }

    /// Writes the request anew, for another place.
    func rewrite(for upstream: UpstreamConnection) {
        self.upstream = upstream
        exchange.upstreamOutput.clear()
        kept?.write(to: &exchange.upstreamOutput, isChunked: isChunked, isWhole: exchange.requestBody.isComplete)
    }

    /// The request was sent anew: what follows is passed on there.
    func goOn() {
        isHeld = false
        moves += 1
        if isEndedByClient { upstream.cancel() }
        move()
    }

    /// Nothing will be sent again: the answer has begun, or there will be none.
    func settle() {
        kept = nil
        isHeld = false
        move()
    }

    private func move() {
        mover?.resume()
        mover = nil
    }

    /// Waits until it is known where the body goes from here. Whether it goes anywhere.
    private func findsAnother() async -> Bool {
        guard kept != nil else { return false }
        isStuck = true
        defer { isStuck = false }
        await withCheckedContinuation { mover in
            if kept == nil { mover.resume() } else { self.mover = mover }
        }
        return kept != nil
    }

    private func carry() async -> State {
        let timeouts = conversation.timeouts
        var pace = Pace(body: timeouts)
        var steps = 0
        while true {
            if conversation.isToldToEnd { return .clientGone }
            if isHeld, await !findsAnother(), !isAbandoned { return .upstreamGone }
            do throws(ChunkError) {
                switch try exchange.requestBody.step(&exchange.input) {
                case .data(let count):
                    if isAbandoned {
                        exchange.input.consume(count)
                        forgotten += count
                        guard forgotten <= Self.forgottenBytesMax else { return .clientGone }
                        continue
                    }
                    guard exchange.requestBody.count <= bodyBytesMax else { return .refused(.bodyTooLarge) }
                    append(count)
                    if exchange.upstreamOutput.count >= Exchange.bufferBytes, await !send() { return .upstreamGone }
                    continue
                case .complete:
                    if isAbandoned { return .complete }
                    if isChunked { HTTP1Serializer.appendLastChunk(to: &exchange.upstreamOutput) }
                    guard await send() else { return .upstreamGone }
                    upstream.stream?.endBody()
                    exchange.call?.moved(now: conversation.loop.now)
                    return .complete
                case .needMore:
                    break
                }
            } catch {
                return .refused(.malformedBody)
            }
            if !isAbandoned, await !send() { return .upstreamGone }
            do throws(IOError) {
                switch try conversation.readBody(exchange) {
                case .bytes(let count):
                    pace.note(bytes: count)
                    exchange.call?.moved(now: conversation.loop.now)
                    steps += 1
                    if steps % Conversation.stepsATurn == 0 { await conversation.loop.nextTurn() }
                case .endOfStream: return .clientGone
                case .wouldBlock:
                    let began = conversation.loop.now
                    // Whoever waits for the answer to a call sees to its end.
                    let deadline = exchange.call == nil ? pace.deadline(now: began) : .distantFuture
                    try await conversation.readable(deadline: deadline)
                    pace.note(waited: conversation.loop.now - began)
                }
            } catch {
                return error == .timedOut ? .refused(.bodyTooSlow) : .clientGone
            }
        }
    }

    /// Moves `count` bytes of body from the client's buffer to the upstream's, framed anew.
    private func append(_ count: Int) {
        if kept?.append(count, of: exchange.input) == false { kept = nil }
        if isChunked {
            exchange.upstreamOutput.moveChunk(count, from: &exchange.input)
        } else {
            exchange.upstreamOutput.move(count, from: &exchange.input)
        }
    }

    /// How much of a body that nobody wants is read.
    private static let forgottenBytesMax = 1024 * 1024

    private func send() async -> Bool {
        let idleTimeout = conversation.timeouts.write
        while true {
            if isHeld, await !findsAnother() { return false }
            let move = moves
            do throws(IOError) {
                if try upstream.write(&exchange.upstreamOutput) { return true }
                try await upstream.writable(deadline: conversation.loop.now + idleTimeout)
            } catch {
                // What could not be written is kept as well, and may have found its way already.
                guard moves == move else { continue }
                guard error != .timedOut, await findsAnother() else { return false }
            }
        }
    }
}
