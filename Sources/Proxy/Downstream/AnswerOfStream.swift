import EventLoop
import HTTPMessage

/// The head of an answer that comes over HTTP/2.
extension Conversation {
    /// Waits until the head of the final answer is there. Interim answers are passed on as they come.
    func receiveHead(
        on stream: UpstreamStream, _ cluster: UpstreamCluster, _ exchange: Exchange
    ) async throws(UpstreamError) {
        var interim = 0
        var deadline = loop.now + cluster.firstByteTimeout
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
                try await stream.readable(deadline: deadline)
            } catch {
                // The clock of the answer does not run while the client is still speaking.
                guard error == .timedOut, transportIsBusyWithBody else { throw UpstreamError(error) }
                deadline = loop.now + cluster.firstByteTimeout
            }
            if loop.now >= deadline, !transportIsBusyWithBody { throw .timedOut }
        }
    }
}
