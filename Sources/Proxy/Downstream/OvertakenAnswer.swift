import EventLoop
import Identity

/// Answers that were long in coming. Whoever has lost the right to one meanwhile gets nothing of it, as a stream of theirs
/// would have ended (`LiveStreams`): a long poll is one.
extension Conversation {
    /// How long an answer must have been awaited to be asked about: what is answered sooner was decided on just now.
    private static let promptness: Duration = .milliseconds(100)

    /// Whether the right to the answer may be gone.
    func isOvertaken(_ exchange: Exchange) -> Bool {
        loop.now - exchange.record.startedAt >= Self.promptness && mayBeGone(exchange)
    }

    private func mayBeGone(_ exchange: Exchange) -> Bool {
        // What is held already is asked about when the change comes.
        guard exchange.record.session != nil, !isHeld else { return false }
        let now = state.clock.now
        if let end = exchange.record.sessionExpiresAt, now >= end { return true }
        if let end = exchange.record.roleExpiresAt, now >= end { return true }
        let (heard, changes) = (exchange.record.changesHeard, sessions.changes)
        return heard != changes.count && changes.concern(StreamRight(exchange), after: heard)
    }

    /// Asks the store. Whether the answer may be passed on; if not, the conversation has ended.
    func isStillAllowed(_ exchange: Exchange) async -> Bool {
        guard let session = exchange.record.session else { return true }
        hold(exchange)
        await state.streams.verdict(on: session)
        return !isRevoked
    }
}
