import EventLoop
import HTTP1
import HTTP2
import HTTPMessage
import TLS

/// The short way of a stream: what can be decided on and sent to an application at once is, by whoever read it, and an
/// answer that is there whole when it comes is passed on by whoever the loop tells. Most requests need no task.
///
/// Whatever would have to wait for anything but the beginning of the answer is given to a task, which goes on from there
/// (`serveStream`). Both ways take the same steps: only who walks them differs.
extension Conversation {
    /// Serves the stream that the channel was opened for.
    func beginStream(on channel: HTTP2Channel) {
        let stream = channel.stream
        let exchange = state.exchanges.borrow()
        channel.exchange = exchange
        swap(&exchange.request, &stream.request)
        guard stream.refusal == nil, service.purpose == .gateway else { return goOnWithTask(from: .opened, channel) }
        beginBody(exchange, channel)
        begin(exchange)
        let deployment = state.deployment
        guard let request = prepare(course(of: exchange, deployment), exchange, deployment) else {
            return goOnWithTask(from: .decided(deployment), channel)
        }
        guard request.upgrade == nil, exchange.rotating == nil, exchange.requestBody.isComplete else {
            return goOnWithTask(from: .permitted(request, nil), channel)
        }
        ask(request, exchange, channel)
    }

    private func goOnWithTask(from step: StreamStep, _ channel: HTTP2Channel) {
        channel.step = step
        state.tasks.start(.stream(self))
    }

    /// Sends a request that is complete over a connection that is at hand, and has the loop tell when the answer comes.
    private func ask(_ request: PermittedRequest, _ exchange: Exchange, _ channel: HTTP2Channel) {
        let cluster = request.cluster
        guard let endpoint = cluster.choose(for: person(asking: cluster, exchange), except: []) else {
            return goOnWithTask(from: .permitted(request, nil), channel)
        }
        exchange.record.upstreamAskedAt = loop.now
        guard let upstream = endpoint.takeKept() else {
            return goOnWithTask(from: .permitted(request, FirstTry(endpoint: endpoint)), channel)
        }
        exchange.record.upstreamAddress = endpoint.target.label
        // Whoever leaves now, or loses the right to it, ends it.
        self.upstream = upstream
        var sent = 0
        var failure: UpstreamError?
        do throws(UpstreamError) {
            if try sendNow(request, exchange, to: upstream, &sent), let transport = upstream.transport {
                channel.asked = request
                return transport.tellReadable(self, deadline: loop.now + cluster.firstByteTimeout)
            }
        } catch {
            failure = error
        }
        let begun = FirstTry(endpoint: endpoint, upstream: upstream, sent: sent, failure: failure)
        goOnWithTask(from: .permitted(request, begun), channel)
    }

    /// Takes the head of the answer, if it has come whole. Interim answers are left there.
    private func takeHead(from upstream: UpstreamConnection, _ exchange: Exchange) throws(UpstreamError) -> Bool {
        state.exchanges.warm(exchange)
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

    /// Passes the answer on, if it is there whole.
    private func passOn(
        from upstream: UpstreamConnection, _ cluster: UpstreamCluster, _ exchange: Exchange, _ channel: HTTP2Channel
    ) {
        cluster.answered(upstream.endpoint, exchange.response.status)
        exchange.record.upstreamAnsweredAt = loop.now
        let relay = beginRelay(exchange)
        let progress = advance(relay, exchange)
        guard let end = endAtOnce(progress, exchange) else {
            // All streams draft their heads in one place: this one leaves before another has its turn. A client that is
            // gone by now is found so by the task, which sends the rest.
            if case .malformed = progress {} else { _ = try? flushNow(exchange) }
            return goOnWithTask(from: .answered(upstream, cluster, relay, progress), channel)
        }
        self.upstream = nil
        release(upstream, after: end, exchange)
        self.end(exchange)
        channel.endReading()
        endStream(on: channel, exchange)
    }
}

extension Conversation: ReadObserver {
    /// The answer to what was asked begins, or none will come.
    func readWaitEnded(_ end: WaitEnd) {
        guard case .http2(let channel) = channel, let request = channel.asked.take(), let exchange = channel.exchange,
            let upstream
        else { return }
        var begun = FirstTry(
            endpoint: upstream.endpoint, upstream: upstream, sent: exchange.upstreamOutput.count, failure: nil)
        do throws(UpstreamError) {
            switch end {
            case .ready:
                if try takeHead(from: upstream, exchange) {
                    return passOn(from: upstream, request.cluster, exchange, channel)
                }
            case .timedOut: throw .timedOut
            case .cancelled: throw UpstreamError(IOError.cancelled)
            }
        } catch {
            begun.failure = error
        }
        goOnWithTask(from: .permitted(request, begun), channel)
    }
}

/// How far a stream has come on the short way, for the task that goes on from there.
enum StreamStep {
    /// Nothing was done about it.
    case opened
    /// It is known what is to be done, under this deployment, and it is not to be forwarded.
    case decided(Deployment)
    /// It is to be forwarded, and the first try may have begun.
    case permitted(PermittedRequest, FirstTry?)
    /// The head of the answer is taken, and what came with it of the body.
    case answered(UpstreamConnection, UpstreamCluster, Conversation.Relay, Conversation.RelayProgress)
}
