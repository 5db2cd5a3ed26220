import EventLoop
import HTTP1
import HTTPMessage
import TLS

/// From the head of an upstream's answer to its last byte.
///
/// The head and what came of the body with it leave in one send. From then on each read is followed by a send, and a
/// client that reads slowly slows the upstream down: no more than one read is ever held. Once an answer turns out to be
/// long, a read asks for as much as a send takes.
extension Conversation {
    /// How an answer is passed on.
    struct Relay {
        let reframing: Reframing
        /// Whether the client's connection stays open after it.
        let keeps: Bool
        /// What had been sent before its head.
        let sentBefore: UInt64
    }

    /// How far the body has come.
    enum RelayProgress {
        case ended
        /// As much waits for the client as is held at once.
        case full
        case needMore
        case malformed(ChunkError)
    }

    enum RelayEnd {
        case complete
        case clientGone
        /// The upstream broke off, or broke its framing. The client must not take what it got for the whole.
        case cutShort(UpstreamError)
    }

    /// Writes the head of the answer.
    func beginRelay(_ exchange: Exchange, _ response: ResponseHead) -> Relay {
        let clientVersion = exchange.request.version
        // Over HTTP/2, the bytes of a body come without their framing.
        exchange.responseBody.begin(
            response.version == .http2 ? .bare(response.framing) : .init(response.framing), keepingTrailers: true)
        let reframing = Reframing(response: response, clientVersion: clientVersion)
        // An answer that comes while the body is still on its way is the last on this connection.
        let bodyIsOver = pump?.isComplete ?? exchange.requestBody.isComplete
        let keeps = exchange.request.keepAlive && !state.isDraining && bodyIsOver && reframing != .untilClose
        exchange.record.status = response.status
        switch channel {
        case .http1:
            DownstreamResponseWriter.appendHead(
                exchange, response, of: exchange.request, reframing, keeps: keeps, for: client, to: &exchange.output)
        case .http2(let channel):
            channel.draftHead(of: response, exchange, for: client)
        }
        return Relay(reframing: reframing, keeps: keeps, sentBefore: exchange.record.bytesSent)
    }

    /// Moves what has come of the body to what goes out.
    func advance(_ relay: Relay, _ exchange: Exchange) -> RelayProgress {
        do throws(ChunkError) {
            while true {
                switch try exchange.responseBody.step(&exchange.upstreamInput) {
                case .data(let count):
                    relay.reframing.move(count, from: &exchange.upstreamInput, to: &exchange.output)
                    if exchange.output.count >= Exchange.bufferBytes { return .full }
                case .complete:
                    if exchange.trailers == nil, exchange.responseBody.hasTrailers {
                        exchange.trailers = exchange.responseBody.trailers
                    }
                    if exchange.call != nil {
                        exchange.record.grpcStatus = GRPCStatus.number(
                            in: exchange.trailers ?? exchange.response.fields)
                    }
                    relay.reframing.appendEnd(exchange.passableTrailers, to: &exchange.output)
                    return .ended
                case .needMore:
                    return .needMore
                }
            }
        } catch {
            return .malformed(error)
        }
    }

    /// The end of an answer that was there whole and that the client took whole; nil for every other. A client that is
    /// gone is found so again by who sends the rest.
    func endAtOnce(_ progress: RelayProgress, _ exchange: Exchange) -> RelayEnd? {
        guard case .ended = progress, let isSent = try? flushNow(exchange, ends: true), isSent else { return nil }
        return .complete
    }

    /// Goes on until the answer has ended, one way or another.
    func relayRest(
        from upstream: UpstreamConnection, _ cluster: UpstreamCluster, _ exchange: Exchange, _ relay: Relay,
        _ first: RelayProgress
    ) async -> RelayEnd {
        var progress = first
        var steps = 0
        while true {
            if case .malformed(let error) = progress { return .cutShort(.malformed("\(error)")) }
            guard !isToldToEnd, await flushes(exchange, progress) else { return .clientGone }
            switch progress {
            case .ended: return .complete
            case .full, .malformed: break
            case .needMore:
                do throws(IOError) {
                    if try await !readMore(from: upstream, cluster, exchange) {
                        guard exchange.responseBody.endsWithConnection else { return .cutShort(.closed) }
                        relay.reframing.appendEnd(nil, to: &exchange.output)
                        progress = .ended
                        continue
                    }
                } catch {
                    if isClientGone { return .clientGone }
                    if case .clientGone = pump?.state { return .clientGone }
                    if error == .timedOut, let call = exchange.call {
                        return .cutShort(call.failure(now: loop.now) ?? .callIdle)
                    }
                    return .cutShort(UpstreamError(error))
                }
            }
            progress = advance(relay, exchange)
            steps += 1
            if steps % Self.stepsATurn == 0 { await loop.nextTurn() }
        }
    }

    /// How many pieces of a body are passed on before others have their turn: where both sides are as quick as the
    /// gateway, there is always one more, and nothing to wait for.
    static let stepsATurn = 8

    /// Reads more of the answer; false at the end of the connection.
    private func readMore(
        from upstream: UpstreamConnection, _ cluster: UpstreamCluster, _ exchange: Exchange
    ) async throws(IOError) -> Bool {
        while true {
            switch try takeBody(from: upstream, exchange) {
            case .bytes:
                exchange.call?.moved(now: loop.now)
                return true
            case .endOfStream: return false
            case .wouldBlock: try await awaitMore(from: upstream, cluster, exchange)
            }
        }
    }

    /// Waits for more of the answer. A call goes on as long as either side speaks.
    private func awaitMore(
        from upstream: UpstreamConnection, _ cluster: UpstreamCluster, _ exchange: Exchange
    ) async throws(IOError) {
        guard exchange.call != nil else {
            return try await upstream.readable(deadline: loop.now + cluster.idleTimeout)
        }
        while let end = exchange.call?.end(after: cluster.idleTimeout) {
            do throws(IOError) {
                return try await upstream.readable(deadline: end)
            } catch {
                let isOver = exchange.call.map { $0.end(after: cluster.idleTimeout) <= loop.now } ?? true
                if error != .timedOut || isOver { throw error }
            }
        }
    }

    /// Takes what has come of the answer. The end of a stream is the body's, and no end of a connection.
    func takeBody(from upstream: UpstreamConnection, _ exchange: Exchange) throws(IOError) -> ReadOutcome {
        let isLong = exchange.responseBody.count >= UInt64(Exchange.longReadBytes)
        exchange.takeLargerInput()
        let outcome = try upstream.read(
            into: &exchange.upstreamInput, atLeast: isLong ? Exchange.longReadBytes : Exchange.readBytes)
        guard let stream = upstream.stream, outcome == .endOfStream else { return outcome }
        exchange.trailers = stream.trailers
        exchange.responseBody.end()
        return .bytes(0)
    }

    /// Gives the upstream's connection back: for the next request if the answer ended cleanly.
    func release(_ upstream: consuming UpstreamConnection, after end: RelayEnd, _ exchange: Exchange) {
        exchange.record.bodyBytesSent = exchange.responseBody.count
        if case .complete = end, exchange.response.keepAlive, exchange.upstreamInput.isEmpty,
            !exchange.responseBody.endsWithConnection, pump?.isComplete ?? true
        {
            upstream.endpoint.keep(upstream)
        } else {
            pump?.abandon()
            upstream.endpoint.discard(upstream)
        }
    }

    /// What becomes of the client's connection.
    func conclude(_ relay: Relay, _ end: RelayEnd, _ exchange: Exchange) async -> Ending {
        if isRevoked { return abandon(exchange) }
        switch end {
        case .complete:
            return relay.keeps ? .next : .close
        case .clientGone:
            return abandon(exchange)
        case .cutShort(let error) where exchange.record.bytesSent == relay.sentBefore:
            // Nothing of it has left yet: there is still time for a clean answer.
            exchange.output.clear()
            return await fail(exchange, error.status, "\(error.code)", error.detail)
        case .cutShort(let error):
            exchange.record.code = "\(error.code)"
            exchange.record.outcome = .failed
            return await endCall(exchange, error) ? .close : .abort
        }
    }

    /// Ends a call midway by a status, so that its client learns whether to try again. False for all that is no call.
    private func endCall(_ exchange: Exchange, _ error: UpstreamError) async -> Bool {
        guard case .http2 = channel, exchange.call != nil, exchange.response.contentLength == nil else { return false }
        let status = GRPCStatus(status: error.status, code: "\(error.code)")
        exchange.record.grpcStatus = status.rawValue
        exchange.trailers = status.trailers("\(error.detail) (\(error.code))")
        do throws(IOError) { try await flush(exchange, ends: true) } catch { return false }
        return true
    }

    private func flushes(_ exchange: Exchange, _ progress: RelayProgress) async -> Bool {
        let ends = if case .ended = progress { true } else { false }
        do throws(IOError) {
            try await flush(exchange, ends: ends)
            return true
        } catch {
            if error == .timedOut, !isClientGone { exchange.record.code = "client_too_slow" }
            return false
        }
    }
}

/// How the body of an answer is framed for the client.
enum Reframing: Equatable {
    /// No body follows: the answer to HEAD, 204, 304.
    case none
    case length(UInt64)
    case chunked
    /// For a client of HTTP/1.0, which knows no chunks: the end of the connection ends the body.
    case untilClose
    /// In frames, which the session makes.
    case frames

    init(response: ResponseHead, clientVersion: HTTPVersion) {
        if clientVersion == .http2 {
            self = .frames
            return
        }
        switch response.framing {
        case .none: self = .none
        case .length(let length): self = .length(length)
        case .chunked, .untilClose: self = clientVersion == .http11 ? .chunked : .untilClose
        }
    }

    /// Moves bytes of body from what came to what goes out.
    func move(_ count: Int, from input: inout ByteBuffer, to output: inout ByteBuffer) {
        if case .chunked = self { output.moveChunk(count, from: &input) } else { output.move(count, from: &input) }
    }

    func appendEnd(_ trailers: FieldBlock?, to output: inout ByteBuffer) {
        guard case .chunked = self else { return }
        guard let trailers else { return HTTP1Serializer.appendLastChunk(to: &output) }
        output.append("0\r\n")
        for index in 0..<trailers.count where Trailers.mayPass(trailers, index) { trailers.copy(index, to: &output) }
        output.append("\r\n")
    }
}
