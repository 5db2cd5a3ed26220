import Configuration
import EventLoop
import Testing

@testable import Proxy

/// The machines that judge endpoints, with a clock of their own.
@Suite struct `What is known of an endpoint` {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func ejection(_ failures: Int = 3) -> UpstreamSettings.Ejection {
        var settings = UpstreamSettings.Ejection()
        settings.failures = failures
        settings.base = .seconds(10)
        settings.maximum = .seconds(25)
        return settings
    }

    @Test func `is bad after so many failures in a row, and not before`() {
        var outliers = OutlierDetection(ejection())
        let before = [outliers.failed(), outliers.failed()]
        outliers.succeeded()
        let after = [outliers.failed(), outliers.failed(), outliers.failed()]
        #expect(before == [false, false] && after == [false, false, true])
    }

    @Test func `is bad for longer each time, up to a bound, and forgiven with time`() {
        var outliers = OutlierDetection(ejection())
        var now = start
        for expected in [10, 20, 25, 25] {
            let time = outliers.eject(now: now)
            let isOverEarly = outliers.review(now: now + .seconds(expected - 1))
            now = now + .seconds(expected)
            let isOver = outliers.review(now: now)
            #expect(time == .seconds(expected) && !isOverEarly && isOver && outliers.ejectedUntil == nil)
        }
        #expect(outliers.severity == 4)
        for left in [3, 2, 1, 0, 0] {
            now = now + .seconds(10)
            let isOver = outliers.review(now: now)
            #expect(!isOver && outliers.severity == left)
        }
        let time = outliers.eject(now: now)
        #expect(time == .seconds(10))
    }

    @Test func `is never bad when ejection is off`() {
        var outliers = OutlierDetection(nil)
        for _ in 0..<1000 where outliers.failed() { Issue.record("ejected") }
    }

    @Test func `changes with checks in a row, the first of which decides at once`() {
        var settings = UpstreamSettings.HealthCheck()
        settings.healthyAfter = 2
        settings.unhealthyAfter = 3
        var verdict = HealthVerdict(settings)
        let first = verdict.note(problem: "x")
        #expect(first == .unwell("x"))
        let good: String? = nil
        let rows: [(String?, HealthFinding?)] = [
            ("x", nil), (good, nil), ("x", nil), (good, nil), (good, .well), (good, nil), ("a", nil), ("b", nil),
            (good, nil), ("a", nil), ("b", nil), ("c", .unwell("c")), ("d", nil), (good, nil), (good, .well),
        ]
        for (index, row) in rows.enumerated() {
            let finding = verdict.note(problem: row.0)
            #expect(finding == row.1, "\(index)")
        }
    }

    @Test func `lets it have a tenth when it is new, and all of its share in the end`() {
        var warmUp = WarmUp(length: .seconds(100))
        #expect(!warmUp.isUnderWay && warmUp.share(now: start) == 1024)
        warmUp.begin(now: start)
        let shares = [(0, 102), (5, 102), (50, 512), (75, 768), (100, 1024), (1000, 1024)]
        for (seconds, share) in shares { #expect(warmUp.share(now: start + .seconds(seconds)) == UInt64(share)) }
        warmUp.review(now: start + .seconds(99))
        #expect(warmUp.isUnderWay)
        warmUp.review(now: start + .seconds(100))
        #expect(!warmUp.isUnderWay)
    }

    @Test(arguments: [(0, 20, 3), (15, 20, 3), (100, 20, 20), (100, 0, 3), (1000, 100, 1000)])
    func `lets a share of the requests be repeated, and three always`(active: Int, percent: Int, expected: Int) {
        var budget = RetryBudget(percent: percent)
        var taken = 0
        while taken <= expected, budget.take(active: active) { taken += 1 }
        #expect(taken == expected)
        budget.giveBack()
        let mayAgain = budget.take(active: active)
        #expect(mayAgain)
    }
}
