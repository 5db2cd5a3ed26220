import EventLoop
import HTTP1
import HTTPMessage
import TLS

/// Carries the body of one request from the client to the upstream, while the connection's own task already listens for
/// the answer.
///
/// Runs as a task of its own, only for bodies that did not come together with their head. It reads no more than it has
/// written: a slow upstream slows the client down, and nothing piles up in between.
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
    private let upstream: UpstreamConnection
    private let bodyBytesMax: UInt64
    private let isChunked: Bool
    private(set) var state = State.running
    /// Whether the answer is settled, so that the rest of the body is only read to be forgotten.
    private var isAbandoned = false
    private var forgotten = 0
    private var waiter: CheckedContinuation<Void, Never>?

    init(conversation: Conversation, exchange: Exchange, upstream: UpstreamConnection, bodyBytesMax: UInt64) {
        self.conversation = conversation
        self.exchange = exchange
        self.upstream = upstream
        self.bodyBytesMax = bodyBytesMax
        // Frames need no chunks around what is in them.
        isChunked = exchange.request.framing == .chunked && upstream.stream == nil
    }

    var isRunning: Bool { if case .running = state { true } else { false } }
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
    func abandon() { isAbandoned = true }

    /// Waits until the pump has stopped.
    func stopped() async {
        await withCheckedContinuation { waiter in
            if isRunning { self.waiter = waiter } else { waiter.resume() }
        }
    }

    private func carry() async -> State {
        let timeouts = conversation.timeouts
        var pace = Pace(body: timeouts)
        while true {
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
        do throws(IOError) {
            while try !upstream.write(&exchange.upstreamOutput) {
                try await upstream.writable(deadline: conversation.loop.now + idleTimeout)
            }
            return true
        } catch {
            return false
        }
    }
}
