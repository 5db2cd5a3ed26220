import EventLoop
import HTTP1
import HTTPMessage
import TLS

/// The short way of a request: what can be decided on and sent to an application at once is, by whoever read it, and an
/// answer that is there whole when it comes is passed on by whoever the loop tells. Most requests need no task.
///
/// Whatever would have to wait for anything but the beginning of the answer is given to a task, which goes on from there
/// (`goOn(from:)`). Both ways take the same steps: only who walks them differs.
extension Conversation {
    /// How an answer came.
    enum Passage {
        /// There whole, and taken whole. `keeps` says whether an HTTP/1.1 connection stays open after it.
        case whole(keeps: Bool)
        /// In another way, and this is how far the request has come.
        case goOn(RequestStep)
    }

    /// Decides on a request, and sends it to an application if it is to go there, is complete, and a connection is at
    /// hand: then `observer` is told when the answer comes. Else this is how far the request has come.
    func ask(_ exchange: Exchange, telling observer: some ReadObserver) -> RequestStep? {
        begin(exchange)
        let deployment = state.deployment
        guard let request = prepare(course(of: exchange, deployment), exchange, deployment) else {
            return .decided(deployment)
        }
        guard request.upgrade == nil, exchange.rotating == nil, exchange.requestBody.isComplete else {
            return .permitted(request, nil)
        }
        guard let endpoint = request.cluster.choose(for: person(asking: request.cluster, exchange), except: []) else {
            return .permitted(request, nil)
        }
        exchange.record.upstreamAskedAt = loop.now
        guard let upstream = endpoint.takeKept(once: !exchange.request.method.isIdempotent) else {
            return .permitted(request, FirstTry(endpoint: endpoint))
        }
        exchange.record.upstreamAddress = endpoint.target.label
        // Whoever leaves now, or loses the right to it, ends it.
        self.upstream = upstream
        var sent = 0
        var failure: UpstreamError?
        do throws(UpstreamError) {
            if try sendNow(request, exchange, to: upstream, &sent), upstream.stream == nil {
                let deadline = loop.now + request.cluster.firstByteTimeout
                asked = request
                upstream.tellReadable(observer, deadline: deadline)
                return nil
            }
        } catch {
            failure = error
        }
        return .permitted(request, FirstTry(endpoint: endpoint, upstream: upstream, sent: sent, failure: failure))
    }

    /// Passes on the answer to what was asked, if it is there whole by now.
    func passOnAnswer(_ end: WaitEnd, _ exchange: Exchange) -> Passage {
        guard let request = asked.take(), let upstream = upstream.take() else {
            preconditionFailure("an answer comes to what was asked, and over what it was asked")
        }
        var failure: UpstreamError?
        do throws(UpstreamError) {
            switch end {
            case .ready:
                if try takeHead(from: upstream, exchange) { return passOn(from: upstream, request.cluster, exchange) }
            case .timedOut: throw .timedOut
            case .cancelled: throw UpstreamError(IOError.cancelled)
            }
        } catch {
            failure = error
        }
        self.upstream = upstream
        return .goOn(
            .permitted(
                request,
                FirstTry(
                    endpoint: upstream.endpoint, upstream: upstream, sent: exchange.upstreamOutput.count,
                    failure: failure)))
    }

    /// Takes the head of the answer, if it has come whole. Interim answers are left there.
    private func takeHead(from upstream: UpstreamConnection, _ exchange: Exchange) throws(UpstreamError) -> Bool {
        exchanges.warm(exchange)
        do throws(IOError) {
            guard case .bytes = try upstream.read(into: &exchange.upstreamInput) else { return false }
        } catch {
            throw UpstreamError(error)
        }
        do throws(ResponseError) {
            guard case .complete(let consumed) = try exchange.parseResponse(), exchange.response.status >= 200 else {
                return false
            }
            exchange.upstreamInput.consume(consumed)
            return true
        } catch {
            throw .malformed(error.reason)
        }
    }

    private func passOn(
        from upstream: consuming UpstreamConnection, _ cluster: UpstreamCluster, _ exchange: Exchange
    ) -> Passage {
        let response = exchange.response
        cluster.answered(upstream.endpoint, response.status)
        exchange.record.upstreamAnsweredAt = loop.now
        if isOvertaken(exchange) {
            self.upstream = copy upstream
            return .goOn(.headTaken(upstream, cluster))
        }
        let relay = beginRelay(exchange, response)
        let progress = advance(relay, exchange)
        guard let end = endAtOnce(progress, exchange) else {
            // All streams draft their heads in one place: this one leaves before another has its turn. A client that is
            // gone by now is found so by the task, which sends the rest.
            if case .malformed = progress {} else { _ = try? flushNow(exchange) }
            self.upstream = copy upstream
            return .goOn(.answered(upstream, cluster, relay, progress))
        }
        release(upstream, after: end, exchange)
        self.end(exchange)
        return .whole(keeps: relay.keeps)
    }

    /// Takes a request to its end, from where it stands.
    func goOn(from step: RequestStep, _ exchange: Exchange) async -> Ending {
        let ending: Ending
        switch step {
        case .opened: return await answer(exchange)
        case .decided(let deployment): ending = await follow(exchange, deployment)
        case .permitted(let request, let begun): ending = await forward(request, exchange, begun: begun)
        case .headTaken(let upstream, let cluster): ending = await deliver(from: upstream, cluster, exchange)
        case .answered(let upstream, let cluster, let relay, let progress):
            ending = await goOn(with: relay, progress, from: upstream, cluster, exchange)
        }
        if ending == .switched { letGo() } else { end(exchange) }
        return ending
    }
}

/// How far a request has come on the short way, for the task that goes on from there.
enum RequestStep {
    /// Its head is complete, and nothing was done about it.
    case opened
    /// It is known what is to be done, under this deployment, and it is not to be forwarded.
    case decided(Deployment)
    /// It is to be forwarded, and the first try may have begun.
    case permitted(PermittedRequest, FirstTry?)
    /// The head of the answer is taken, and whether it may be passed on must be asked.
    case headTaken(UpstreamConnection, UpstreamCluster)
    /// The head of the answer is taken, and what came with it of the body.
    case answered(UpstreamConnection, UpstreamCluster, Conversation.Relay, Conversation.RelayProgress)
}
