/// The other end of the outbox: where whoever delivers mail gets it from. Any number may deliver at once.
///
/// SMTP has one moment in which nobody can know whether a mail was taken over: after its last byte went out and before
/// the answer came in (RFC 1047). Whoever dies there, or loses the connection, leaves a mail that is sent again when the
/// lease ends: at least once, never not at all. Both copies have one Message-ID, by which mailboxes know them for one.
/// In all other cases it is exactly once.
package protocol MailQueue: Sendable {
    /// Takes up the mail that has been due for longest; nobody else gets it until `lease` is over. Nil: nothing is due.
    func claim(lease: Duration) async throws(StoreError) -> ClaimedMail?
    /// Ends a mail that was handed over, and blanks what it said. Returns whether it was open until now.
    @discardableResult
    func markSent(_ mail: ClaimedMail) async throws(StoreError) -> Bool
    /// Ends a mail that will never be taken, and blanks what it said. Returns false if the lease was lost.
    @discardableResult
    func giveUp(_ mail: ClaimedMail, because reason: String) async throws(StoreError) -> Bool
    /// Lets a mail be taken up again, by anybody, after `delay`. Returns false if the lease was lost.
    @discardableResult
    func retry(_ mail: ClaimedMail, after delay: Duration, because reason: String) async throws(StoreError) -> Bool
    func backlog() async throws(StoreError) -> MailBacklog
}

/// A mail that somebody has taken up to deliver.
package struct ClaimedMail: Sendable {
    package let event: MailEvent
    package let createdAt: Timestamp
    /// How often it has been taken up, this time included. Tells the lease of this time from earlier ones.
    package let attempt: Int

    package init(event: MailEvent, createdAt: Timestamp, attempt: Int) {
        self.event = event
        self.createdAt = createdAt
        self.attempt = attempt
    }
}

/// How much mail waits.
package struct MailBacklog: Sendable, Hashable {
    /// Neither sent nor given up.
    package var waiting: Int
    /// Those of them that have failed at least once.
    package var retrying: Int
    /// How long the oldest has waited.
    package var oldestAge: Duration

    package init(waiting: Int = 0, retrying: Int = 0, oldestAge: Duration = .zero) {
        self.waiting = waiting
        self.retrying = retrying
        self.oldestAge = oldestAge
    }
}
