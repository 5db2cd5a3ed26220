import HTTPMessage
package import Identity

/// All routes, compiled: decides every request, over every protocol. Immutable, so that all workers share it.
package final class RouteTable: Sendable {
    package let routes: [Route]
    /// The fields by which a client could claim an identity: removed from what is forwarded.
    package let identityFields: IdentityFieldNames
    let trie: RouteTrie
    /// The same for a server that knows no case, and of each route the first that it becomes then.
    private let caselessTrie: RouteTrie
    private let caselessRoutes: [Int32]

    /// Two routes that match exactly the same requests.
    package struct Collision: Error, Sendable, Hashable {
        package let first: Int
        package let second: Int
    }

    /// Compiles the routes. All collisions are reported at once.
    package init(_ definitions: [RouteDefinition], collisions: inout [Collision]) {
        var trie = RouteTrie()
        var caselessTrie = RouteTrie(isCaseless: true)
        var caselessRoutes: [Int32] = []
        for (index, definition) in definitions.enumerated() {
            if let other = trie.insert(definition.match, route: Int32(index)) {
                collisions.append(Collision(first: Int(other), second: index))
            }
            let caseless = caselessTrie.insert(definition.match.caseless, route: Int32(index))
            caselessRoutes.append(caseless ?? Int32(index))
        }
        self.trie = trie
        self.caselessTrie = caselessTrie
        self.caselessRoutes = caselessRoutes
        routes = definitions.enumerated().map { Route(index: $0.offset, $0.element) }
        identityFields = IdentityFieldNames(definitions.map(\.identity))
    }

    /// Decides a request.
    ///
    /// - Parameters:
    ///   - host: as the client sent it, without the port.
    ///   - path: as the client sent it, without the query.
    ///   - principal: who the request acts as; nil for nobody.
    ///   - scratch: afterwards holds the path in the form to forward.
    package func decide(
        method: Span<UInt8>, host: Span<UInt8>, path: Span<UInt8>, principal: Principal?, at now: Timestamp,
        scratch: inout DecisionScratch
    ) -> Decision {
        let selection = select(host: host, path: path, &scratch)
        return decide(selection, method: method, principal: principal, at: now, scratch: &scratch)
    }

    /// Decides a request for which `select` has found the route, with the scratch as it left it. For whoever can do with
    /// the time between: nobody has to be known before.
    package func decide(
        _ selection: Selection, method: Span<UInt8>, principal: Principal?, at now: Timestamp,
        scratch: inout DecisionScratch
    ) -> Decision {
        switch selection {
        case .refused(let refusal, let match):
            scratch.normal.clear()
            return .deny(Denial(.badPath(refusal), route: match.map(route)))
        case .nothing: return .deny(Denial(.noRoute))
        case .route(let match): return judge(route(match), match, method, principal, now, scratch)
        }
    }

    // MARK: Which route

    /// What was found for a host and a path.
    package enum Selection {
        /// The path cannot be decided on; the match is the one of its plainest reading.
        case refused(PathRefusal, RouteTrie.Match?)
        case nothing
        case route(RouteTrie.Match)
    }

    func route(_ match: RouteTrie.Match) -> Route { routes[Int(match.route)] }

    /// Finds the route of a request, and refuses a path that another server may take for another route's. Leaves the
    /// host and the path in their normal forms in `scratch`.
    package func select(host: Span<UInt8>, path: Span<UInt8>, _ scratch: inout DecisionScratch) -> Selection {
        scratch.host.clear()
        let upperCase = host.firstMarked(from: 0, to: host.count) { $0.within(UInt8(ascii: "A"), UInt8(ascii: "Z")) }
        scratch.host.append(host.extracting(..<upperCase))
        for index in upperCase..<host.count { scratch.host.append(host[index].lowercasedASCII) }
        if scratch.host.count > 1, scratch.host.span[scratch.host.count - 1] == UInt8(ascii: ".") {
            scratch.host.truncate(to: scratch.host.count - 1)
        }
        let traits: PathTraits
        do throws(PathRefusal) {
            traits = try PathNormalizer.normalize(path, into: &scratch.normal)
        } catch {
            return .refused(error, nil)
        }
        let match = trie.match(host: scratch.host.span, path: scratch.normal.span, key: scratch.key)
        if traits.contains(.encodedSlash), match.map({ route($0).allowsEncodedSlashes }) != true {
            return .refused(.encodedSlash, match)
        }
        if hasOtherReading(than: match, traits, scratch) { return .refused(.ambiguous, match) }
        return match.map(Selection.route) ?? .nothing
    }

    /// Whether some other reading of the path leads to another route, to another plant, or out of the root.
    private func hasOtherReading(
        than match: RouteTrie.Match?, _ traits: PathTraits, _ scratch: borrowing DecisionScratch
    ) -> Bool {
        if traits.contains(.upperCase), let match,
            isElsewhereWithoutCase(scratch.normal.span, than: match, scratch)
        {
            return true
        }
        if traits.isDisjoint(with: .ambiguous) { return false }
        let reading = scratch.reading
        // Dropping things can leave two slashes together, so merging them goes with every other reading.
        let present = traits.intersection(.ambiguous).union(.emptySegment)
        for bits in 1...PathTraits.ambiguous.rawValue {
            let transformations = PathTraits(rawValue: bits)
            guard present.isSuperset(of: transformations) else { continue }
            guard PathReadings.write(scratch.normal.span, transformations, into: &reading.bytes) else { return true }
            let other = trie.match(host: scratch.host.span, path: reading.span, key: scratch.key)
            guard other?.route == match?.route else { return true }
            guard let match, let other else { continue }
            let plant = scratch.normal.span.extracting(match.plant)
            guard reading.span.extracting(other.plant).isEqual(to: plant) else { return true }
            if traits.contains(.upperCase), isElsewhereWithoutCase(reading.span, than: match, scratch) { return true }
        }
        return false
    }

    /// Whether a server that knows no case would take `path` for that of another route.
    private func isElsewhereWithoutCase(
        _ path: Span<UInt8>, than match: RouteTrie.Match, _ scratch: borrowing DecisionScratch
    ) -> Bool {
        let other = caselessTrie.match(host: scratch.host.span, path: path, key: scratch.key)
        return other?.route != caselessRoutes[Int(match.route)]
    }

    // MARK: Whether

    private func judge(
        _ route: Route, _ match: RouteTrie.Match, _ method: Span<UInt8>, _ principal: Principal?, _ now: Timestamp,
        _ scratch: borrowing DecisionScratch
    ) -> Decision {
        let membership = principal.flatMap { membershipIndex(of: $0, route, match, now, scratch) }
        let role = membership.flatMap { principal?.memberships[$0].role }
        var shadow: ShadowVerdict?
        if let requirement = route.shadow {
            shadow = ShadowVerdict(requirement.objection(to: method, by: principal, holding: role))
        }
        if let reason = route.requirement.objection(to: method, by: principal, holding: role) {
            return .deny(Denial(reason, route: route, plant: plantText(route, match, scratch), shadow: shadow))
        }
        return .allow(Permit(route: route, principal: principal, membershipIndex: membership, shadow: shadow))
    }

    /// Which of the principal's memberships is the one in the plant that the request is about.
    func membershipIndex(
        of principal: Principal, _ route: Route, _ match: RouteTrie.Match, _ now: Timestamp,
        _ scratch: borrowing DecisionScratch
    ) -> Int? {
        if let plant = route.match.plant {
            return principal.membershipIndex(in: plant.utf8.span, at: now, foldingCase: false)
        }
        if !match.plant.isEmpty {
            return principal.membershipIndex(
                in: scratch.normal.span.extracting(match.plant), at: now, foldingCase: false)
        }
        if !match.hostPlant.isEmpty {
            // Hosts have no case.
            return principal.membershipIndex(
                in: scratch.host.span.extracting(match.hostPlant), at: now, foldingCase: true)
        }
        return nil
    }

    func plantText(_ route: Route, _ match: RouteTrie.Match, _ scratch: borrowing DecisionScratch) -> String? {
        if let plant = route.match.plant { return plant }
        if !match.plant.isEmpty { return scratch.normal.span.extracting(match.plant).decoded }
        if !match.hostPlant.isEmpty { return scratch.host.span.extracting(match.hostPlant).decoded }
        return nil
    }
}
