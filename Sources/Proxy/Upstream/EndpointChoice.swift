import Configuration
import EventLoop
import Identity

/// Who gets the next request, among the endpoints that are given any.
///
/// An endpoint that warms up is passed over so often that its share is what it should be. One that is full is passed
/// over while another has room, except for `hash_user`, where the place matters more than the time.
struct EndpointChoice {
    private let balance: UpstreamSettings.Balance
    private var turn = 0
    private var random = UInt64.random(in: .min ... .max)

    init(_ balance: UpstreamSettings.Balance) { self.balance = balance }

    /// Whether the choice depends on who asks.
    var isByPerson: Bool { balance == .hashUser }

    /// - Parameter person: a number that stands for who asks; means nothing unless the choice is by person.
    mutating func choose(
        among endpoints: [UpstreamEndpoint], for person: UInt64, now: MonotonicInstant
    ) -> UpstreamEndpoint? {
        switch endpoints.count {
        case 0: nil
        case 1: endpoints[0]
        default:
            switch balance {
            case .leastRequests: leastOfTwo(endpoints, now)
            case .roundRobin: nextInTurn(endpoints, now)
            case .hashUser: Self.home(of: person, endpoints, now)
            }
        }
    }

    private mutating func leastOfTwo(_ endpoints: [UpstreamEndpoint], _ now: MonotonicInstant) -> UpstreamEndpoint {
        let count = UInt64(endpoints.count)
        let first = draw(below: count)
        // Two different ones.
        let second = (first + 1 + draw(below: count - 1)) % count
        let (one, other) = (endpoints[Int(first)], endpoints[Int(second)])
        if one.warmUp.isUnderWay, draw(below: 1024) >= one.warmUp.share(now: now) { return other }
        if other.warmUp.isUnderWay, draw(below: 1024) >= other.warmUp.share(now: now) { return one }
        return other.load < one.load ? other : one
    }

    private mutating func nextInTurn(_ endpoints: [UpstreamEndpoint], _ now: MonotonicInstant) -> UpstreamEndpoint {
        for _ in endpoints {
            turn = (turn + 1) % endpoints.count
            let endpoint = endpoints[turn]
            if endpoint.isFull { continue }
            if endpoint.warmUp.isUnderWay, draw(below: 1024) >= endpoint.warmUp.share(now: now) { continue }
            return endpoint
        }
        turn = (turn + 1) % endpoints.count
        return endpoints[turn]
    }

    /// The endpoint where a person's number weighs most (rendezvous hashing): when one goes, only those whose it was
    /// move, and when one comes, only those who move to it.
    private static func home(
        of person: UInt64, _ endpoints: [UpstreamEndpoint], _ now: MonotonicInstant
    ) -> UpstreamEndpoint {
        var best = endpoints[0]
        var bestWeight: UInt64 = 0
        for endpoint in endpoints {
            let weight = StableHash.mix(person ^ endpoint.hash)
            // While it warms up, the same part of its people go to it, and more as time passes.
            if endpoint.warmUp.isUnderWay, weight & 1023 >= endpoint.warmUp.share(now: now) { continue }
            if weight >= bestWeight { (best, bestWeight) = (endpoint, weight) }
        }
        return best
    }

    private mutating func draw(below bound: UInt64) -> UInt64 {
        random = random &+ 0x9e37_79b9_7f4a_7c15
        return StableHash.mix(random).multipliedFullWidth(by: bound).high
    }
}
