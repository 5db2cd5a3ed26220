/// A way for mails to leave the house.
package protocol MailDelivery: Sendable {
    /// Hands one mail over. Returns within bounds of its own, and soon when the task is cancelled.
    func deliver(_ message: MailMessage) async -> DeliveryOutcome
    /// There is nothing more for now: lets go of connections.
    func rest() async
}

/// How handing a mail over ended.
package enum DeliveryOutcome: Sendable, Hashable {
    /// Somebody else is responsible for it now.
    case delivered
    /// It will never be taken: no such mailbox, for example.
    case refused(String)
    /// It may be taken later: this one, and others meanwhile.
    case postponed(String)
    /// Nothing can be handed over just now: the server is away, or does not let us in.
    case unreachable(String)
    /// The task was cancelled before the hand-over began.
    case interrupted
}
