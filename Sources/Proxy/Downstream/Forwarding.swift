import EventLoop
import HTTP1
import HTTPMessage
import Identity
import Policy
import TLS

/// From a permit to the upstream's answer.
extension Conversation {
    /// Forwards a request, and relays the answer.
    func forward(_ permitted: PermittedRequest, _ exchange: Exchange) async -> Ending {
        exchange.record.upstreamAskedAt = loop.now
        let upstream: UpstreamConnection
        do throws(UpstreamError) {
            upstream = try await ask(permitted.cluster, exchange, bodyBytesMax: permitted.bodyBytesMax)
        } catch {
            return await answerForUpstream(error, exchange)
        }
        exchange.record.upstreamAnsweredAt = loop.now
        if let session = exchange.rotating { await rotateCookie(of: session, exchange) }
        let relay = beginRelay(exchange)
        let progress = advance(relay, exchange)
        if let end = endAtOnce(progress, exchange) {
            release(upstream, after: end, exchange)
            return relay.keeps ? .next : .close
        }
        self.upstream = upstream
        let end = await relayRest(from: upstream, permitted.cluster, exchange, relay, progress)
        self.upstream = nil
        release(upstream, after: end, exchange)
        return await conclude(relay, end, exchange)
    }

    /// Sends the request and waits for the head of the final answer. A kept connection that turns out to be closed is
    /// replaced by a new one, once, if nobody can have acted on the request yet or acting twice does no harm
    /// (RFC 9110, section 9.2.2).
    private func ask(
        _ cluster: UpstreamCluster, _ exchange: Exchange, bodyBytesMax: UInt64
    ) async throws(UpstreamError) -> UpstreamConnection {
        var fresh = false
        while true {
            let place = cluster.place(for: exchange.record.principal?.userID)
            let kept = fresh ? nil : cluster.endpoints[place].takeKept()
            let upstream: UpstreamConnection
            if let kept { upstream = kept } else { upstream = try await cluster.connect(from: place, fresh: fresh) }
            self.upstream = upstream
            defer { self.upstream = nil }
            exchange.record.upstreamAddress = upstream.endpoint.target.label
            var sent = 0
            do throws(UpstreamError) {
                if try !sendNow(exchange, to: upstream, &sent) { try await send(exchange, to: upstream, &sent) }
                if !exchange.requestBody.isComplete {
                    try await beginBody(exchange, to: upstream, bodyBytesMax: bodyBytesMax)
                }
                try await receiveHead(from: upstream, cluster, exchange)
                return upstream
            } catch {
                pump?.abandon()
                upstream.endpoint.discard(upstream)
                guard case .closed = error, upstream.isReused, !fresh, pump == nil, exchange.upstreamInput.isEmpty,
                    sent == 0 || exchange.request.method.isIdempotent
                else { throw error }
                fresh = true
                state.tally.upstreamRetries &+= 1
            }
        }
    }

    /// Sends what the upstream takes now of the head and what stands behind it, and keeps the bytes for another try.
    /// Whether that was all.
    private func sendNow(
        _ exchange: Exchange, to upstream: UpstreamConnection, _ sent: inout Int
    ) throws(UpstreamError) -> Bool {
        do throws(IOError) {
            while sent < exchange.upstreamOutput.count {
                let outcome = try exchange.upstreamOutput.write(to: upstream.transport, from: sent)
                guard case .bytes(let count) = outcome else { return false }
                sent += count
            }
            return true
        } catch {
            throw UpstreamError(error)
        }
    }

    private func send(
        _ exchange: Exchange, to upstream: UpstreamConnection, _ sent: inout Int
    ) async throws(UpstreamError) {
        while try !sendNow(exchange, to: upstream, &sent) {
            do throws(IOError) {
                try await upstream.transport.writable(deadline: loop.now + timeouts.write)
            } catch {
                throw UpstreamError(error)
            }
        }
    }

    /// Starts to carry a body that did not come whole.
    private func beginBody(
        _ exchange: Exchange, to upstream: UpstreamConnection, bodyBytesMax: UInt64
    ) async throws(UpstreamError) {
        exchange.upstreamOutput.clear()
        if invitesBody(exchange) {
            do throws(IOError) { try await flush(exchange) } catch { throw .closed }
        }
        let pump = RequestBodyPump(
            conversation: self, exchange: exchange, upstream: upstream, bodyBytesMax: bodyBytesMax)
        self.pump = pump
        state.tasks.start(.pump(pump))
    }

    /// Reads until the head of the final answer is complete. Interim answers are passed on as they come
    /// (RFC 9110, section 15.2).
    private func receiveHead(
        from upstream: UpstreamConnection, _ cluster: UpstreamCluster, _ exchange: Exchange
    ) async throws(UpstreamError) {
        var interim = 0
        var deadline = loop.now + cluster.firstByteTimeout
        while true {
            if !exchange.upstreamInput.isEmpty {
                let progress: HeadProgress
                do throws(ResponseError) {
                    progress = try exchange.parseResponse()
                } catch {
                    throw .malformed(error.reason)
                }
                if case .complete(let consumed) = progress {
                    exchange.upstreamInput.consume(consumed)
                    guard exchange.response.status < 200 else { return }
                    interim += 1
                    guard exchange.response.status != 101, interim <= Self.interimAnswersMax else {
                        throw .malformed(interim > Self.interimAnswersMax ? "endless 1xx" : "unasked upgrade")
                    }
                    try await passOnInterim(exchange)
                    exchange.responseParser.reset()
                    continue
                }
            }
            do throws(IOError) {
                switch try upstream.read(into: &exchange.upstreamInput) {
                case .bytes: break
                case .endOfStream: throw .closedByPeer
                // Nothing is buffered above the socket, or there would have been something to read.
                case .wouldBlock: try await upstream.transport.socket.readable(deadline: deadline)
                }
            } catch {
                // The clock of the answer does not run while the client is still speaking.
                if error == .timedOut, let pump, pump.isRunning {
                    deadline = loop.now + cluster.firstByteTimeout
                    continue
                }
                throw UpstreamError(error)
            }
            // The clock runs on while bytes trickle in.
            if loop.now >= deadline, !transportIsBusyWithBody { throw .timedOut }
        }
    }

    private var transportIsBusyWithBody: Bool { pump?.isRunning ?? false }

    /// How many interim answers one request may get (CVE-2024-23326 is of this family: an endless head).
    private static let interimAnswersMax = 16

    private func passOnInterim(_ exchange: Exchange) async throws(UpstreamError) {
        // A 1.0 client knows no interim answers, and 100 Continue is ours to say.
        guard exchange.request.version == .http11, exchange.response.status != 100 else { return }
        DownstreamResponseWriter.appendInterim(exchange.response, to: &exchange.output)
        do throws(IOError) { try await flush(exchange) } catch { throw .closed }
    }

    /// Answers in place of an upstream that did not.
    private func answerForUpstream(_ error: UpstreamError, _ exchange: Exchange) async -> Ending {
        if let pump {
            switch pump.state {
            case .refused(let refusal):
                return await refuseBody(exchange, refusal)
            case .clientGone: return .abort
            case .running, .complete, .upstreamGone: break
            }
        }
        return await fail(
            exchange, error.status, "\(error.code)", error.detail, retryAfter: error.status == 503 ? 1 : nil)
    }

    /// Refuses the request because of its body, and closes after the answer was read.
    func refuseBody(_ exchange: Exchange, _ refusal: RequestRefusal) async -> Ending {
        exchange.record.outcome = .refused
        exchange.record.code = refusal.code
        let problem = ProblemDocument(
            status: refusal.status, code: refusal.code, detail: refusal.detail,
            requestID: exchange.record.id.description)
        return await send(
            problem.response, exchange, bodyless: exchange.request.method == .head, mayKeep: false)
    }
}
