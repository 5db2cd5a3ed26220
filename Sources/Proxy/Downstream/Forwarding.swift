import EventLoop
import HTTP1
import HTTPMessage
import Identity
import Policy
import TLS

/// From a permit to the upstream's answer.
extension Conversation {
    /// Forwards a request, and relays the answer.
    ///
    /// - Parameter begun: how far that has come already.
    func forward(_ permitted: PermittedRequest, _ exchange: Exchange, begun: FirstTry? = nil) async -> Ending {
        if let upgrade = permitted.upgrade { return await forward(permitted, offering: upgrade, exchange) }
        if !exchange.requestBody.isComplete, state.budget.isMemoryFull {
            return await fail(exchange, 503, "busy", "There is no room for uploads. Try again soon.", retryAfter: 1)
        }
        if begun == nil { exchange.record.upstreamAskedAt = loop.now }
        let upstream: UpstreamConnection
        do throws(UpstreamError) {
            upstream = try await ask(permitted, exchange, begun: begun)
        } catch {
            permitted.cluster.refused(error)
            return await answerForUpstream(error, exchange)
        }
        exchange.record.upstreamAnsweredAt = loop.now
        return await deliver(from: upstream, permitted.cluster, exchange)
    }

    /// Passes on an answer whose head has been taken, if it still may be.
    func deliver(
        from upstream: UpstreamConnection, _ cluster: UpstreamCluster, _ exchange: Exchange
    ) async -> Ending {
        let mayPass = await mayPass(exchange)
        self.upstream = nil
        guard mayPass else {
            pump?.abandon()
            upstream.endpoint.discard(upstream)
            return abandon(exchange)
        }
        if let session = exchange.rotating { await rotateCookie(of: session, exchange) }
        let relay = beginRelay(exchange, exchange.response)
        // What of the body is there leaves with the head. A stream that is broken is found so again by who reads on.
        if upstream.stream != nil { _ = try? takeBody(from: upstream, exchange) }
        let progress = advance(relay, exchange)
        if let end = endAtOnce(progress, exchange) {
            release(upstream, after: end, exchange)
            return relay.keeps ? .next : .close
        }
        return await goOn(with: relay, progress, from: upstream, cluster, exchange)
    }

    /// Relays an answer of which nothing has been sent yet.
    func relay(
        from upstream: UpstreamConnection, _ cluster: UpstreamCluster, _ exchange: Exchange
    ) async -> Ending {
        let relay = beginRelay(exchange, exchange.response)
        return await goOn(with: relay, advance(relay, exchange), from: upstream, cluster, exchange)
    }

    /// Relays what has not come yet, or does not leave at once. Whoever loses the right to it loses it midway.
    func goOn(
        with relay: Relay, _ progress: RelayProgress, from upstream: UpstreamConnection, _ cluster: UpstreamCluster,
        _ exchange: Exchange
    ) async -> Ending {
        self.upstream = upstream
        hold(exchange)
        let end = await relayRest(from: upstream, cluster, exchange, relay, progress)
        self.upstream = nil
        release(upstream, after: end, exchange)
        return await conclude(relay, end, exchange)
    }

    /// Sends the request and waits for the head of the final answer, repeating it where that does no harm (`Attempts`).
    func ask(
        _ permitted: PermittedRequest, _ exchange: Exchange, begun: FirstTry? = nil
    ) async throws(UpstreamError) -> UpstreamConnection {
        let cluster = permitted.cluster
        let once = !exchange.request.method.isIdempotent
        var begun = begun
        var attempts = Attempts(cluster, person: person(asking: cluster, exchange), at: begun?.endpoint)
        var isAnswered = false
        defer {
            attempts.end()
            if isAnswered { pump?.settle() } else { pump?.abandon() }
        }
        while true {
            let endpoint = try attempts.nextEndpoint()
            let first = begun.take()
            let upstream: UpstreamConnection
            if let asked = first?.upstream {
                upstream = asked
            } else if !attempts.isFresh, let kept = endpoint.takeKept(once: once) {
                upstream = kept
            } else {
                do throws(UpstreamError) {
                    upstream = try await endpoint.acquire(fresh: attempts.isFresh, once: once)
                } catch {
                    try attempts.connectionFailed(error)
                    continue
                }
            }
            guard first?.upstream != nil || !isClientGone else {
                upstream.endpoint.keep(upstream)
                throw .clientGone
            }
            if permitted.upgrade?.isWebSocket == true, upstream.stream?.mayTunnel == false {
                upstream.endpoint.keep(upstream)
                throw .noTunnels
            }
            self.upstream = upstream
            defer { self.upstream = nil }
            exchange.record.upstreamAddress = endpoint.target.label
            if upstream.stream != nil, exchange.request.callsGRPC {
                exchange.call = GRPCCall(exchange.request, startedAt: exchange.record.startedAt, now: loop.now)
            }
            var sent = first?.sent ?? 0
            do throws(UpstreamError) {
                if let failure = first?.failure { throw failure }
                pump?.rewrite(for: upstream)
                if try !sendNow(permitted, exchange, to: upstream, &sent) {
                    try await send(permitted, exchange, to: upstream, &sent)
                }
                if let pump {
                    exchange.upstreamOutput.clear()
                    pump.goOn()
                } else if !exchange.requestBody.isComplete {
                    try await beginBody(exchange, to: upstream, bodyBytesMax: permitted.bodyBytesMax)
                }
                if let stream = upstream.stream {
                    try await receiveHead(on: stream, cluster, exchange)
                } else {
                    let began = first == nil ? nil : exchange.record.upstreamAskedAt
                    try await receiveHead(
                        from: upstream, cluster, exchange, since: began ?? loop.now,
                        maySwitch: permitted.upgrade != nil)
                }
                attempts.answered(exchange.response.status)
                isAnswered = true
                return upstream
            } catch {
                let mayResend = pump?.hold() ?? true
                endpoint.discard(upstream)
                // What a client does who breaks off or sends nonsense is no fault of the application's.
                if isClientGone { throw .clientGone }
                if let pump, pump.isEndedByClient { throw error }
                if let stream = upstream.stream, stream.isUntouched, mayResend {
                    try attempts.requestRefused(error)
                } else {
                    try attempts.requestFailed(
                        error, onKept: upstream.isReused,
                        mayRepeat: mayResend && exchange.upstreamInput.isEmpty
                            && (sent == 0 || exchange.request.method.isIdempotent))
                }
                state.tally.upstreamRetries &+= 1
                cluster.repeated()
            }
        }
    }

    /// A number that stands for who asks, if the choice of an endpoint depends on it: the person, or the client's address
    /// when nobody knows who it is.
    func person(asking cluster: UpstreamCluster, _ exchange: Exchange) -> UInt64 {
        guard cluster.choosesByPerson else { return 0 }
        if let user = exchange.record.principal?.userID { return StableHash.mix(user.value.high ^ user.value.low) }
        return StableHash.mix(StableHash.of(client.text))
    }

    /// Sends what the upstream takes now of the head and what stands behind it, and keeps the bytes for another try.
    /// Whether that was all.
    func sendNow(
        _ permitted: PermittedRequest, _ exchange: Exchange, to upstream: UpstreamConnection, _ sent: inout Int
    ) throws(UpstreamError) -> Bool {
        do throws(IOError) {
            guard let transport = upstream.transport else {
                // A stream takes all of it at once.
                guard sent == 0 else { return true }
                // Of protocols that can be switched to, only this one is known to have a form for streams.
                let opening = permitted.upgrade.flatMap { $0.isWebSocket ? $0.name : nil }
                try upstream.stream?.begin(
                    exchange, isSecure: upstream.endpoint.target.tls != nil, opening: opening)
                sent = exchange.upstreamOutput.count
                return true
            }
            while sent < exchange.upstreamOutput.count {
                let outcome = try exchange.upstreamOutput.write(to: transport, from: sent)
                guard case .bytes(let count) = outcome else { return false }
                sent += count
            }
            return true
        } catch {
            throw UpstreamError(error)
        }
    }

    private func send(
        _ permitted: PermittedRequest, _ exchange: Exchange, to upstream: UpstreamConnection, _ sent: inout Int
    ) async throws(UpstreamError) {
        while try !sendNow(permitted, exchange, to: upstream, &sent) {
            do throws(IOError) {
                try await upstream.writable(deadline: loop.now + timeouts.write)
            } catch {
                throw UpstreamError(error)
            }
        }
    }

    /// Starts to carry a body that did not come whole.
    private func beginBody(
        _ exchange: Exchange, to upstream: UpstreamConnection, bodyBytesMax: UInt64
    ) async throws(UpstreamError) {
        if invitesBody(exchange) {
            do throws(IOError) { try await flush(exchange) } catch { throw .clientGone }
        }
        hold(exchange)
        let pump = RequestBodyPump(
            conversation: self, exchange: exchange, upstream: upstream, bodyBytesMax: bodyBytesMax)
        self.pump = pump
        state.tasks.start(.pump(pump))
    }

    /// Reads until the head of the final answer is complete. Interim answers are passed on as they come
    /// (RFC 9110, section 15.2).
    private func receiveHead(
        from upstream: UpstreamConnection, _ cluster: UpstreamCluster, _ exchange: Exchange,
        since began: MonotonicInstant, maySwitch: Bool
    ) async throws(UpstreamError) {
        var interim = 0
        var deadline = began + cluster.firstByteTimeout
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
                    if exchange.response.status == 101, maySwitch { return }
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
                if upstream.mayRead { exchanges.warm(exchange) }
                switch try upstream.read(into: &exchange.upstreamInput) {
                case .bytes: break
                case .endOfStream: throw .closedByPeer
                // Nothing is buffered above the socket, or there would have been something to read.
                case .wouldBlock: try await upstream.readable(deadline: deadline)
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

    var transportIsBusyWithBody: Bool { pump?.isRunning ?? false }

    /// How many interim answers one request may get (CVE-2024-23326 is of this family: an endless head).
    static let interimAnswersMax = 16

    func passOnInterim(_ exchange: Exchange) async throws(UpstreamError) {
        // A 1.0 client knows no interim answers, and 100 Continue is ours to say.
        guard exchange.request.version != .http10, exchange.response.status != 100 else { return }
        guard await mayPass(exchange) else { throw .clientGone }
        do throws(IOError) {
            switch channel {
            case .http1:
                DownstreamResponseWriter.appendInterim(exchange.response, to: &exchange.output)
                try await flush(exchange)
            case .http2(let channel):
                try channel.inform(of: exchange.response)
            }
        } catch {
            throw .clientGone
        }
    }

    /// Answers in place of an upstream that did not.
    func answerForUpstream(_ error: UpstreamError, _ exchange: Exchange) async -> Ending {
        if isClientGone { return abandon(exchange) }
        if let pump {
            switch pump.state {
            case .refused(let refusal):
                return await refuseBody(exchange, refusal)
            case .clientGone: return abandon(exchange)
            case .running, .complete, .upstreamGone: break
            }
        }
        if case .clientGone = error { return abandon(exchange) }
        return await fail(exchange, error.status, "\(error.code)", error.detail, retryAfter: error.retryAfter)
    }

    /// Ends a request whose answer nobody may have, or waits for, any more.
    func abandon(_ exchange: Exchange) -> Ending {
        if isRevoked {
            exchange.record.code = Tunnel.Ending.revoked.code
        } else if exchange.record.code == nil {
            exchange.record.code = "\(UpstreamError.clientGone.code)"
        }
        return .abort
    }

    /// Refuses the request because of its body, and closes after the answer was read.
    func refuseBody(_ exchange: Exchange, _ refusal: RequestRefusal) async -> Ending {
        exchange.record.outcome = .refused
        exchange.record.code = refusal.code
        let problem = ProblemDocument(
            status: refusal.status, code: refusal.code, detail: refusal.detail,
            requestID: exchange.record.id.description)
        return await send(
            problem.response(to: exchange), exchange, bodyless: exchange.request.method == .head, mayKeep: false)
    }
}
