import Configuration
import EventLoop
import HTTP2
import Logging
import Testing

@testable import Proxy

@Suite struct `The choice of an endpoint` {
    private let loop: EventLoop

    init() throws { loop = try EventLoop(name: "idle") }

    private func endpoints(_ count: Int, slowStart: Duration = .zero) -> [UpstreamEndpoint] {
        let settings = UpstreamSettings(name: "app", endpoints: [], slowStart: slowStart)
        return (0..<count).compactMap { index in
            SocketAddress(host: "127.0.0.1", port: UInt16(9000 + index)).map { address in
                UpstreamEndpoint(
                    target: EndpointTarget(
                        address: address, label: "http://127.0.0.1:\(9000 + index)", tls: nil, serverName: "",
                        authority: ""),
                    settings: settings, limits: UpstreamLimits(settings, workers: 1),
                    log: UpstreamLog(Logger(label: "", factory: { _ in SwiftLogNoOpLogHandler() })),
                    means: UpstreamMeans(
                        loop: loop, tasks: ParkedTasks {}, http2Workspace: HTTP2Workspace(keptMax: 1)))
            }
        }
    }

    private func counts(
        _ balance: UpstreamSettings.Balance, _ endpoints: [UpstreamEndpoint], people: Range<UInt64>
    ) -> [Int] {
        var choice = EndpointChoice(balance)
        var counts: [ObjectIdentifier: Int] = [:]
        for person in people {
            if let chosen = choice.choose(among: endpoints, for: StableHash.mix(person), now: loop.now) {
                counts[ObjectIdentifier(chosen), default: 0] += 1
            }
        }
        return endpoints.map { counts[ObjectIdentifier($0)] ?? 0 }
    }

    @Test func `takes turns`() { #expect(counts(.roundRobin, endpoints(3), people: 0..<300) == [100, 100, 100]) }

    @Test(arguments: [UpstreamSettings.Balance.leastRequests, .hashUser])
    func `spreads requests evenly`(balance: UpstreamSettings.Balance) {
        // Four standard deviations of 10,000 draws of one in four are 173.
        for count in counts(balance, endpoints(4), people: 0..<10_000) { #expect(abs(count - 2500) < 250) }
    }

    @Test(arguments: UpstreamSettings.Balance.allCases)
    func `is none of none, and one of one`(balance: UpstreamSettings.Balance) {
        #expect(counts(balance, [], people: 0..<3) == [])
        #expect(counts(balance, endpoints(1), people: 0..<3) == [3])
    }

    @Test func `by person moves only those whose endpoint goes`() {
        let all = endpoints(5)
        let fewer = Array(all.dropLast())
        var choice = EndpointChoice(.hashUser)
        var moved = 0
        for number in 0..<5000 as Range<UInt64> {
            let person = StableHash.mix(number)
            let before = choice.choose(among: all, for: person, now: loop.now)
            let after = choice.choose(among: fewer, for: person, now: loop.now)
            if before === all[4] { moved += 1 } else { #expect(before === after) }
        }
        #expect(abs(moved - 1000) < 150)
    }

    /// The numbers are written down: a gateway of another process or version must send people to the same endpoint.
    @Test func `by person is the same in every process`() {
        #expect(StableHash.of("http://a") == 0x4793_5331_f4e1_9ffe)
        #expect(StableHash.mix(1) == 0x910a_2dec_8902_5cc1)
        let all = endpoints(4)
        var choice = EndpointChoice(.hashUser)
        let homes = (0..<8 as Range<UInt64>).map { person in
            choice.choose(among: all, for: StableHash.mix(person), now: loop.now)?.target.address.port ?? 0
        }
        #expect(homes == [9000, 9003, 9000, 9001, 9001, 9001, 9001, 9002])
    }

    @Test(arguments: UpstreamSettings.Balance.allCases)
    func `gives one that is new a tenth of its share`(balance: UpstreamSettings.Balance) {
        let all = endpoints(2, slowStart: .seconds(1000))
        all[1].warmUp.begin(now: loop.now)
        let counts = counts(balance, all, people: 0..<10_000)
        // Half of all would be its share; a tenth of that is 500.
        #expect(counts[1] > 250 && counts[1] < 1200, "\(counts)")
    }
}
