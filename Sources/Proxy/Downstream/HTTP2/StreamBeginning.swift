import EventLoop
import HTTP2
import HTTPMessage

/// The short way of a stream (`ShortWay`), from its opening to the end or to the task that goes on.
extension Conversation {
    /// Serves the stream that the channel was opened for.
    func beginStream(on channel: HTTP2Channel) {
        let stream = channel.stream
        let exchange = exchanges.borrow()
        channel.exchange = exchange
        swap(&exchange.request, &stream.request)
        guard stream.refusal == nil, service.purpose == .gateway else { return goOnWithTask(from: .opened, channel) }
        beginBody(exchange, channel)
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
        guard case .http2(let channel) = channel, let exchange = channel.exchange else { return }
        switch passOnAnswer(end, exchange) {
        case .whole:
            channel.endReading()
            endStream(on: channel, exchange)
        case .goOn(let step): goOnWithTask(from: step, channel)
        }
    }
}
