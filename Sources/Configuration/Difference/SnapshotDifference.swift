import Identity
import Policy

/// What one configuration says otherwise than another: routes, upstreams, and the decisions that their tests promise.
package struct SnapshotDifference: Sendable, Codable, Hashable {
    /// A route or an upstream that is in both, but not the same.
    package struct Change: Sendable, Codable, Hashable {
        package let name: String
        package let aspects: [Aspect]
    }

    /// One thing about it, as the configuration writes it.
    package struct Aspect: Sendable, Codable, Hashable {
        package let name: String
        package let old: String
        package let new: String
    }

    /// One that is in only one of the two, in a line.
    package struct Item: Sendable, Codable, Hashable {
        package let name: String
        package let summary: String
    }

    /// Things of one kind, compared by their names.
    package struct Group: Sendable, Codable, Hashable {
        package var added: [Item] = []
        package var removed: [Item] = []
        package var changed: [Change] = []

        package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }
    }

    /// A request of a test that the two decide differently.
    package struct Flip: Sendable, Codable, Hashable {
        package let test: String
        package let request: String
        package let old: String
        package let new: String
    }

    package let routes: Group
    package let upstreams: Group
    package let tests: [Flip]

    package var isEmpty: Bool { routes.isEmpty && upstreams.isEmpty && tests.isEmpty }

    package init(from old: Snapshot, to new: Snapshot) {
        routes = Self.compare(
            old.routes.routes.map { ($0.name, Self.aspects(of: $0)) },
            new.routes.routes.map { ($0.name, Self.aspects(of: $0)) })
        upstreams = Self.compare(
            old.upstreams.map { ($0.name, Self.aspects(of: $0)) }, new.upstreams.map { ($0.name, Self.aspects(of: $0)) }
        )
        tests = Self.flips(from: old, to: new)
    }

    // MARK: Parts

    private typealias Aspects = [(name: String, value: String)]

    private static func aspects(of route: Route) -> Aspects {
        [
            ("match", route.match.description), ("require", route.requirement.description),
            ("upstream", route.upstream), ("shadow", route.shadow?.description ?? "none"),
            ("identity", route.identity.headers.map(\.name).joined(separator: ", ")),
            ("body", route.bodyBytesMax.map { "\($0) bytes" } ?? "unlimited"),
            ("encoded_slashes", route.allowsEncodedSlashes ? "allow" : "refuse"),
        ]
    }

    private static func aspects(of upstream: UpstreamSettings) -> Aspects {
        // What is not named here still counts: two that differ are told to differ.
        [
            ("endpoints", upstream.endpoints.map(\.url).joined(separator: ", ")),
            ("balance", upstream.balance.rawValue),
            ("settings", String(describing: upstream)),
        ]
    }

    private static func compare(_ old: [(String, Aspects)], _ new: [(String, Aspects)]) -> Group {
        var group = Group()
        let former = Dictionary(old) { first, _ in first }
        let names = Set(new.map(\.0))
        for (name, aspects) in new {
            guard let before = former[name] else {
                group.added.append(Item(name: name, summary: summary(aspects)))
                continue
            }
            let differing = zip(before, aspects).filter { $0.value != $1.value }
                .map { Aspect(name: $0.name, old: $0.value, new: $1.value) }
            if !differing.isEmpty { group.changed.append(Change(name: name, aspects: differing)) }
        }
        group.removed = old.filter { !names.contains($0.0) }.map { Item(name: $0.0, summary: summary($0.1)) }
        return group
    }

    private static func summary(_ aspects: Aspects) -> String {
        aspects.prefix(3).filter { !$0.value.isEmpty }.map { "\($0.name) \($0.value)" }.joined(separator: "; ")
    }

    /// The tests of both are asked of both: a promise that was taken out together with what it promised still shows.
    private static func flips(from old: Snapshot, to new: Snapshot) -> [Flip] {
        var seen: Set<String> = []
        return (new.tests + old.tests).compactMap { test in
            let request = test.request
            let now = SystemClock().now()
            let verdicts = [old, new].map {
                $0.routes.verdict(
                    method: request.method, host: request.host, path: request.path, principal: test.principal, at: now)
            }
            guard verdicts[0].isAllowed != verdicts[1].isAllowed || verdicts[0].code != verdicts[1].code else {
                return nil
            }
            let text = "\(request.method) https://\(request.host)\(request.path)"
            guard seen.insert(test.name + "\n" + text).inserted else { return nil }
            return Flip(test: test.name, request: text, old: verdicts[0].text, new: verdicts[1].text)
        }
    }
}
