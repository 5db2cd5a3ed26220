import EventLoop
import Identity

/// Answers that were long in coming. Whoever has lost the right to one meanwhile gets nothing of it, as a stream of theirs
/// would have ended (`LiveStreams`): a long poll is one.
extension Conversation {
    /// How long an answer must have been awaited to be asked about: what is answered sooner was decided on just now.
    private static let promptness: Duration = .milliseconds(100)

    /// Whether the right to the answer may be gone.
    func isOvertaken(_ exchange: Exchange) -> Bool {
        // What is held already is looked at when the change comes.
        guard loop.now - exchange.record.startedAt >= Self.promptness, !isHeld else { return false }
        return isReconfigured(exchange) || isChanged(exchange)
    }

    /// Whether other routes hold now than those that the request was decided under.
    func isReconfigured(_ exchange: Exchange) -> Bool { exchange.record.deployment != state.deployment.number }

    /// Whether what is known of whoever asks may have changed.
    private func isChanged(_ exchange: Exchange) -> Bool {
        guard exchange.record.session != nil else { return false }
        let now = state.clock.now
        if let end = exchange.record.sessionExpiresAt, now >= end { return true }
        if let end = exchange.record.roleExpiresAt, now >= end { return true }
        let (heard, changes) = (exchange.record.changesHeard, sessions.changes)
        return heard != changes.count && changes.concern(StreamRight(exchange), after: heard)
    }

    /// Decides again, and asks the store if that may say something else now. Whether the answer may be passed on; if not,
    /// the conversation has ended.
    func mayPass(_ exchange: Exchange) async -> Bool {
        guard isOvertaken(exchange) else { return true }
        hold(exchange)
        guard !isRevoked, let session = exchange.record.session, isChanged(exchange) else { return !isRevoked }
        await state.streams.verdict(on: session)
        return !isRevoked
    }
}
