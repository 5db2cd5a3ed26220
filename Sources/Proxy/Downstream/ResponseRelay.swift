import EventLoop
import HTTP1
import HTTPMessage
import TLS

/// From the head of an upstream's answer to its last byte.
///
/// The head and what came of the body with it leave in one send. From then on each read is followed by a send, and a
/// client that reads slowly slows the upstream down: no more than one read is ever held.
extension DownstreamConnection {
    /// Relays the answer and gives the upstream's connection back: for the next request if the answer ended cleanly.
    func relay(from upstream: UpstreamConnection, _ cluster: UpstreamCluster, _ exchange: Exchange) async -> Ending {
        let request = exchange.request
        let response = exchange.response
        exchange.responseBody = BodyReader(response.framing)
        let reframing = Reframing(response: response, clientVersion: request.version)
        // An answer that comes while the body is still on its way is the last on this connection.
        let bodyIsOver = pump?.isComplete ?? exchange.requestBody.isComplete
        let keeps = request.keepAlive && !state.isDraining && bodyIsOver && reframing != .untilClose
        exchange.record.status = response.status
        DownstreamResponseWriter(exchange: exchange, dateLine: state.clock.dateLine, reframing: reframing)
            .appendHead(keeps: keeps, to: &exchange.output)

        let sentBefore = exchange.record.bytesSent
        let end = await relayBody(from: upstream, cluster, exchange, reframing)
        exchange.record.bodyBytesSent = exchange.responseBody.count
        let isInStep =
            end.isComplete && response.keepAlive && exchange.upstreamInput.isEmpty
            && !exchange.responseBody.endsWithConnection && (pump?.isComplete ?? true)
        if isInStep {
            upstream.endpoint.keep(upstream)
        } else {
            pump?.abandon()
            upstream.endpoint.discard(upstream)
        }
        switch end {
        case .complete:
            return keeps ? .next : .close
        case .clientGone:
            return .abort
        case .cutShort(let error) where exchange.record.bytesSent == sentBefore:
            // Nothing of it has left yet: there is still time for a clean answer.
            exchange.output.clear()
            return await fail(exchange, error.status, "\(error.code)", error.detail)
        case .cutShort(let error):
            exchange.record.code = "\(error.code)"
            exchange.record.outcome = .failed
            return .abort
        }
    }

    private enum RelayEnd {
        case complete
        case clientGone
        /// The upstream broke off, or broke its framing. The client must not take what it got for the whole.
        case cutShort(UpstreamError)

        var isComplete: Bool { if case .complete = self { true } else { false } }
    }

    private func relayBody(
        from upstream: UpstreamConnection, _ cluster: UpstreamCluster, _ exchange: Exchange, _ reframing: Reframing
    ) async -> RelayEnd {
        while true {
            do throws(ChunkError) {
                switch try exchange.responseBody.step(&exchange.upstreamInput) {
                case .data(let count):
                    reframing.move(count, from: &exchange.upstreamInput, to: &exchange.output)
                    if exchange.output.count >= Exchange.bufferBytes, await !flushes(exchange) { return .clientGone }
                    continue
                case .complete:
                    reframing.appendEnd(to: &exchange.output)
                    return await flushes(exchange) ? .complete : .clientGone
                case .needMore:
                    break
                }
            } catch {
                return .cutShort(.malformed("\(error)"))
            }
            guard await flushes(exchange) else { return .clientGone }
            do throws(IOError) {
                reading: while true {
                    switch try upstream.read(into: &exchange.upstreamInput) {
                    case .bytes: break reading
                    case .endOfStream:
                        guard exchange.responseBody.endsWithConnection else { return .cutShort(.closed) }
                        reframing.appendEnd(to: &exchange.output)
                        return await flushes(exchange) ? .complete : .clientGone
                    case .wouldBlock:
                        try await upstream.transport.readable(deadline: loop.now + cluster.idleTimeout)
                    }
                }
            } catch {
                if case .clientGone = pump?.state { return .clientGone }
                return .cutShort(UpstreamError(error))
            }
        }
    }

    private func flushes(_ exchange: Exchange) async -> Bool {
        do throws(IOError) {
            try await flush(exchange)
            return true
        } catch {
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

    init(response: ResponseHead, clientVersion: HTTPVersion) {
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

    func appendEnd(to output: inout ByteBuffer) {
        if case .chunked = self { HTTP1Serializer.appendLastChunk(to: &output) }
    }
}
