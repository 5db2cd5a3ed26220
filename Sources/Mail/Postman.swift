package import Identity
package import Logging

/// Takes mails out of the outbox and hands them over, one after the other.
///
/// Any number of gateways have one each, over one database: a mail is claimed under a lease, so each goes to one of
/// them. `MailQueue` says what is exact about that, and what cannot be.
package struct Postman: Sendable {
    /// What a configuration decides.
    package struct Office: Sendable {
        package var sender: MailSender
        package var templates: MailTemplates
        package var delivery: any MailDelivery

        package init(sender: MailSender, templates: MailTemplates, delivery: any MailDelivery) {
            self.sender = sender
            self.templates = templates
            self.delivery = delivery
        }
    }

    private let office: Office
    private let queue: any MailQueue
    private let lease: Duration
    private let schedule: RetrySchedule
    private let counters: MailCounters
    private let logger: Logger

    /// - Parameter lease: longer than a hand-over can take, or another gateway makes a second mail of it.
    package init(
        _ office: Office, queue: any MailQueue, lease: Duration = .seconds(180),
        schedule: RetrySchedule = RetrySchedule(), counters: MailCounters = MailCounters(), logger: Logger
    ) {
        self.office = office
        self.queue = queue
        self.lease = lease
        self.schedule = schedule
        self.counters = counters
        self.logger = logger
    }

    /// Hands over all that is due, or until the server is found to be away. Returns how many mails came to their end.
    ///
    /// When the task is cancelled, a mail whose hand-over has begun is finished first.
    @discardableResult
    package func round() async -> Int {
        var ended = 0
        do throws(StoreError) {
            while !Task.isCancelled, let mail = try await queue.claim(lease: lease) {
                let outcome = await handOver(mail)
                try await conclude(mail, outcome)
                switch outcome {
                case .delivered, .refused: ended += 1
                case .postponed: break
                case .unreachable, .interrupted: return await finish(ended)
                }
            }
        } catch {
            // What was claimed comes up again when its lease is over.
            logger.warning("mail waits: the database cannot be asked", metadata: ["problem": "\(error)"])
        }
        return await finish(ended)
    }

    private func finish(_ ended: Int) async -> Int {
        await office.delivery.rest()
        do throws(StoreError) {
            let backlog = try await queue.backlog()
            counters.note(backlog)
        } catch {
            logger.debug("the backlog of mail is not known", metadata: ["problem": "\(error)"])
        }
        return ended
    }

    private func handOver(_ mail: ClaimedMail) async -> DeliveryOutcome {
        guard
            let message = office.templates.message(for: mail.event, createdAt: mail.createdAt, from: office.sender)
        else { return .refused("the recipient is no address that can be written to") }
        return await office.delivery.deliver(message)
    }

    /// Writes down what became of a mail, whether or not the gateway is being stopped.
    private func conclude(_ mail: ClaimedMail, _ outcome: DeliveryOutcome) async throws(StoreError) {
        let result = await Task { () async -> Result<Void, StoreError> in
            do throws(StoreError) {
                try await record(mail, outcome)
                return .success(())
            } catch {
                return .failure(error)
            }
        }.value
        try result.get()
    }

    private func record(_ mail: ClaimedMail, _ outcome: DeliveryOutcome) async throws(StoreError) {
        // Whom it went to is for the database; logs go to more people.
        var facts: Logger.Metadata = [
            "mail": "\(mail.event.id)", "kind": "\(mail.event.kind.rawValue)", "attempt": "\(mail.attempt)",
        ]
        switch outcome {
        case .delivered:
            counters.count(\.sent)
            try await queue.markSent(mail)
            logger.info("mail sent", metadata: facts)
        case .refused(let reason):
            counters.count(\.refused)
            facts["reason"] = "\(reason)"
            try await queue.giveUp(mail, because: reason)
            logger.warning("mail refused for good", metadata: facts)
        case .postponed(let reason), .unreachable(let reason):
            counters.count(\.postponed)
            let delay = schedule.delay(afterAttempt: mail.attempt)
            facts["reason"] = "\(reason)"
            facts["again_in"] = "\(delay)"
            try await queue.retry(mail, after: delay, because: reason)
            logger.warning("mail not sent yet", metadata: facts)
        case .interrupted:
            try await queue.retry(mail, after: .zero, because: "the gateway was stopped")
        }
    }
}
