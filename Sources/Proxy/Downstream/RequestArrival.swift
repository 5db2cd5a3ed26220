import EventLoop
import HTTP1
import HTTPMessage
import TLS

/// What the task of a connection is called for.
enum RequestArrival {
    /// A request is there that needs a task; so far it has come already.
    case request(Exchange, RequestStep)
    /// Part of a head is there.
    case part(Exchange)
    /// What came is not a request that may be answered, but must be refused.
    case refused(Exchange, RequestRefusal)
    /// A request was answered, and it was the connection's last.
    case answered
    /// Nothing has come for a while, but still may.
    case pause
    /// The client has gone, or stayed silent for too long.
    case gone
}

/// An HTTP/1.1 connection between the requests that need a task, which are few: it waits for the client, reads, asks an
/// application, and passes its answer on (`ShortWay`), each time told by the loop, while the connection's own task sleeps.
extension DownstreamConnection {
    /// Serves requests for as long as they need no task, and then says what this one is needed for.
    func nextArrival() async -> RequestArrival {
        unsafe await withUnsafeContinuation { task in
            unsafe server = task
            lookForRequest()
        }
        return arrival.take() ?? .gone
    }

    private func call(for arrival: RequestArrival) {
        self.arrival = arrival
        unsafe server.take()?.resume()
    }

    /// Takes up what has come already, or has the loop tell when something comes.
    private func lookForRequest() {
        if let exchange, !exchange.input.isEmpty { return takeUp(exchange) }
        while transport.mayRead {
            let exchange = state.exchanges.borrow()
            self.exchange = exchange
            do throws(IOError) {
                switch try read(into: &exchange.input) {
                case .bytes:
                    http1Activity = .busy
                    return takeUp(exchange)
                case .endOfStream: return call(for: .gone)
                // Only the other layers had something to say, as TLS does with its tickets.
                case .wouldBlock: giveBackExchange()
                }
            } catch {
                return call(for: .gone)
            }
        }
        // Nothing is buffered above the socket, or there would be something to read.
        transport.socket.tellReadable(self, deadline: nextIdleDeadline())
    }

    /// Until when to wait for a request before something else happens: the client pauses, or its time is over.
    private func nextIdleDeadline() -> MonotonicInstant {
        guard let idleDeadline else {
            http1Activity = .idle(since: loop.now)
            let end = loop.now + timeouts.keepAliveIdle
            idleDeadline = end
            return min(end, loop.now + timeouts.pause)
        }
        return idleDeadline
    }

    private func takeUp(_ exchange: Exchange) {
        guard let arrival = takeHead(exchange) else { return call(for: .part(exchange)) }
        guard case .request = arrival, client.service.purpose == .gateway else { return call(for: arrival) }
        exchange.requestBody.begin(.init(exchange.request.framing))
        if let step = conversation.ask(exchange, telling: self) { call(for: .request(exchange, step)) }
    }

    /// What the bytes that have come amount to; nil while the head is not complete.
    func takeHead(_ exchange: Exchange) -> RequestArrival? {
        do throws(RequestError) {
            guard case .complete(let consumed) = try exchange.parseRequest() else { return nil }
            exchange.input.consume(consumed)
            return .request(exchange, .opened)
        } catch {
            return .refused(exchange, RequestRefusal(error))
        }
    }
}

extension DownstreamConnection: ReadObserver {
    /// The client has something to say, or, while an application was asked, that has; or the time is over.
    func readWaitEnded(_ end: WaitEnd) {
        if conversation.asked != nil, let exchange {
            switch conversation.passOnAnswer(end, exchange) {
            case .whole(keeps: true):
                rest()
                lookForRequest()
            case .whole(keeps: false): call(for: .answered)
            case .goOn(let step): call(for: .request(exchange, step))
            }
            return
        }
        switch end {
        case .ready: lookForRequest()
        case .timedOut: call(for: idleDeadline.map { $0 > loop.now } == true ? .pause : .gone)
        case .cancelled: call(for: .gone)
        }
    }
}
