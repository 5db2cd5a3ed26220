import EventLoop
import HTTP2
import HTTPMessage

/// The short way of a stream (`ShortWay`), from its opening to the end or to the task that goes on.
extension Conversation {
    /// Serves a stream.
    func begin(_ stream: HTTP2Stream) {
        guard case .http2(let channel) = channel else { return }
        channel.begin(stream)
        let exchange = exchanges.borrow()
        channel.exchange = exchange
        swap(&exchange.request, &stream.request)
        guard stream.refusal == nil, service.purpose == .gateway else { return goOnWithTask(from: .opened, channel) }
        beginBody(exchange, channel, stream)
        if let step = ask(exchange, telling: self) { goOnWithTask(from: step, channel) }
    }

    private func goOnWithTask(from step: RequestStep, _ channel: HTTP2Channel) {
        channel.step = step
        state.tasks.start(.stream(self))
    }
}

extension Conversation: ReadObserver {
    /// The answer to what was asked begins, or none will come.
    func readWaitEnded(_ end: WaitEnd) {
        guard case .http2(let channel) = channel else { return }
        channel.fetchExchange()
        // Taken, not shared: so nobody counts it.
        guard let exchange = channel.exchange.take() else { return }
        switch passOnAnswer(end, exchange) {
        case .whole:
            channel.endReading()
            endStream(on: channel, exchange)
        case .goOn(let step):
            channel.exchange = exchange
            goOnWithTask(from: step, channel)
        }
    }
}
