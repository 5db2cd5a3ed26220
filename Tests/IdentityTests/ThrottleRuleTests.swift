import Identity
import Testing

@Suite struct ThrottleRuleTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    /// How many of `count` attempts are admitted that come `interval` apart.
    private func admitted(_ rule: ThrottleRule, _ count: Int, every interval: Duration) -> Int {
        var state: ThrottleState?
        var moment = now
        var admitted = 0
        for _ in 0..<count {
            if case .success(let next) = rule.admit(state, at: moment) {
                state = next
                admitted += 1
            }
            moment = moment + interval
        }
        return admitted
    }

    @Test func `what leaks admits its burst at once, and then one in each interval`() {
        let rule = ThrottleRule.leaking(burst: 5, interval: .seconds(10))
        #expect(admitted(rule, 100, every: .zero) == 5)
        #expect(admitted(rule, 100, every: .seconds(10)) == 100)
        #expect(admitted(rule, 100, every: .seconds(5)) == 54)
    }

    @Test func `what grows ends for good at its most, unless it is forgotten`() {
        let rule = ThrottleRule.growing(
            free: 3, first: .seconds(1), longest: .seconds(8), attemptsMax: 10, memory: nil)
        #expect(admitted(rule, 1_000, every: .seconds(86_400)) == 10)
        let forgetting = ThrottleRule.growing(
            free: 3, first: .seconds(1), longest: .seconds(8), attemptsMax: 10, memory: .seconds(60))
        #expect(admitted(forgetting, 1_000, every: .seconds(60)) == 1_000)
        // What is refused is no attempt: after ten, one is refused, and then a minute without any has passed.
        #expect(admitted(forgetting, 1_000, every: .seconds(59)) == 910)
    }

    @Test func `no number of attempts makes the wait overflow`() {
        let rule = ThrottleRule.growing(
            free: 1, first: .seconds(1), longest: .seconds(900), attemptsMax: .max, memory: nil)
        let state = ThrottleState(attempts: .max - 1, until: now, forgetAt: nil)
        guard case .success(let next) = rule.admit(state, at: now) else { Issue.record("refused"); return }
        #expect(next.until == now + .seconds(900))
    }

    @Test(
        arguments: [
            ("192.0.2.1", "192.0.2.1/32"), ("::ffff:192.0.2.1", "192.0.2.1/32"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("fe80::1%eth0", "fe80:0:0:0::/64"),
            ("::1", "0:0:0:0::/64"), ("", nil), ("example.com", nil), ("1.2.3", nil), ("1.2.3.4\0", nil),
        ] as [(String, String?)])
    func `an address stands for its network`(text: String, network: String?) {
        #expect(ClientNetwork(text)?.cidr == network)
    }
}
