/// When a mail that could not be handed over is tried again: soon at first, then ever more rarely.
///
/// RFC 5321, section 4.5.4.1, would have servers wait for half an hour; people wait for these mails.
package struct RetrySchedule: Sendable {
    package var first: Duration
    package var longest: Duration

    package init(first: Duration = .seconds(10), longest: Duration = .seconds(3_600)) {
        self.first = first
        self.longest = longest
    }

    /// How long after its `attempt`th attempt, counted from 1: three times as long each time, give or take a fifth, so
    /// that mails that failed together don't come again together.
    package func delay(afterAttempt attempt: Int) -> Duration {
        var delay = first
        for _ in 1..<max(2, min(attempt, 40)) where attempt > 1 && delay < longest { delay *= 3 }
        return min(delay, longest) * Double.random(in: 0.8...1.2)
    }
}
