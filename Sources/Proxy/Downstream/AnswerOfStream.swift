import EventLoop
import HTTPMessage

/// The head of an answer that comes over HTTP/2.
extension Conversation {
    /// Waits until the head of the final answer is there. Interim answers are passed on as they come.
    func receiveHead(
        on stream: UpstreamStream, _ cluster: UpstreamCluster, _ exchange: Exchange
    ) async throws(UpstreamError) {
        var interim = 0
        var began = loop.now
        while true {
            while let head = stream.takeInterim() {
                interim += 1
                guard interim <= Self.interimAnswersMax else { throw .malformed("endless 1xx") }
                exchange.response = head
                try await passOnInterim(exchange)
            }
            if stream.takeResponse(exchange) { return }
            if let failure = stream.failure { throw failure }
            do throws(IOError) {
                try await stream.readable(deadline: deadline(ofHead: cluster, exchange, began: began))
            } catch {
                guard error == .timedOut else { throw UpstreamError(error) }
            }
            guard loop.now >= deadline(ofHead: cluster, exchange, began: began) else { continue }
            // The clock of the answer does not run while the client is still speaking.
            if let call = exchange.call {
                throw call.failure(now: loop.now) ?? (transportIsBusyWithBody ? .callIdle : .timedOut)
            }
            guard transportIsBusyWithBody else { throw .timedOut }
            began = loop.now
        }
    }

    /// Until when the head of the answer must have come. The client of a call may be silent for as long as an answer
    /// may, and says itself how long it waits at most.
    private func deadline(
        ofHead cluster: UpstreamCluster, _ exchange: Exchange, began: MonotonicInstant
    ) -> MonotonicInstant {
        guard let call = exchange.call else { return began + cluster.firstByteTimeout }
        return transportIsBusyWithBody
            ? call.end(after: cluster.idleTimeout) : call.end(after: cluster.firstByteTimeout)
    }
}
