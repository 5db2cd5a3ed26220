import HTTPMessage
package import Identity

/// All routes, compiled: decides every request, over every protocol. Immutable, so that all workers share it.
package final class RouteTable: Sendable {
    package let routes: [Route]
    /// The fields by which a client could claim an identity: removed from what is forwarded.
    package let identityFields: IdentityFieldNames
    let trie: RouteTrie

    /// Two routes that match exactly the same requests.
    package struct Collision: Error, Sendable, Hashable {
        package let first: Int
        package let second: Int
    }

    /// Compiles the routes. All collisions are reported at once.
    package init(_ definitions: [RouteDefinition], collisions: inout [Collision]) {
        var trie = RouteTrie()
        for (index, definition) in definitions.enumerated() {
            if let other = trie.insert(definition.match, route: Int32(index)) {
                collisions.append(Collision(first: Int(other), second: index))
            }
        }
        self.trie = trie
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
        let selection: Selection
        do throws(PathRefusal) {
            selection = try select(host: host, path: path, &scratch)
        } catch {
            return .deny(Denial(.badPath(error)))
        }
        guard let match = selection.match else { return .deny(Denial(.noRoute)) }
        let route = routes[Int(match.route)]
        if selection.traits.contains(.encodedSlash), !route.allowsEncodedSlashes {
            return .deny(Denial(.badPath(.encodedSlash), route: route))
        }
        return judge(route, match, method, principal, now, scratch)
    }

    // MARK: Which route

    struct Selection {
        let match: RouteTrie.Match?
        let traits: PathTraits
    }

    /// Finds the route of a request, and refuses a path that another server may take for another route's.
    func select(
        host: Span<UInt8>, path: Span<UInt8>, _ scratch: inout DecisionScratch
    ) throws(PathRefusal) -> Selection {
        scratch.host.clear()
        for index in host.indices { scratch.host.append(host[index].lowercasedASCII) }
        if scratch.host.count > 1, scratch.host.span[scratch.host.count - 1] == UInt8(ascii: ".") {
            scratch.host.truncate(to: scratch.host.count - 1)
        }
        let traits: PathTraits
        do throws(PathRefusal) {
            traits = try PathNormalizer.normalize(path, into: &scratch.normal)
        } catch {
            scratch.normal.clear()
            throw error
        }
        let match = trie.match(host: scratch.host.span, path: scratch.normal.span, key: scratch.key)
        if !traits.isDisjoint(with: .ambiguous) { try refuseOtherReadings(than: match, traits, scratch) }
        return Selection(match: match, traits: traits)
    }

    private func refuseOtherReadings(
        than match: RouteTrie.Match?, _ traits: PathTraits, _ scratch: borrowing DecisionScratch
    ) throws(PathRefusal) {
        let present = traits.intersection(.ambiguous)
        // Rare enough to have memory of its own.
        var reading = ByteBuffer(minimumCapacity: scratch.normal.count)
        for bits in 1...PathTraits.ambiguous.rawValue {
            let transformations = PathTraits(rawValue: bits)
            guard present.isSuperset(of: transformations) else { continue }
            guard PathReadings.write(scratch.normal.span, transformations, into: &reading) else {
                throw .ambiguous
            }
            let other = trie.match(host: scratch.host.span, path: reading.span, key: scratch.key)
            guard other?.route == match?.route else { throw .ambiguous }
            if let match, let other {
                let plant = scratch.normal.span.extracting(match.plant)
                guard reading.span.extracting(other.plant).isEqual(to: plant) else { throw .ambiguous }
            }
        }
    }

    // MARK: Whether

    private func judge(
        _ route: Route, _ match: RouteTrie.Match, _ method: Span<UInt8>, _ principal: Principal?, _ now: Timestamp,
        _ scratch: borrowing DecisionScratch
    ) -> Decision {
        let membership = principal.flatMap { self.membership(of: $0, route, match, now, scratch) }
        func deny(_ reason: DenialReason) -> Decision {
            .deny(Denial(reason, route: route, plant: plantText(route, match, scratch)))
        }
        guard let condition = route.requirement.condition(for: method) else {
            return deny(principal == nil ? .signInRequired : .methodNotAllowed)
        }
        guard case .person(let role, let anyRole, let users) = condition else {
            return .allow(Permit(route: route, principal: principal, membership: membership))
        }
        guard let principal else { return deny(.signInRequired) }
        if let role {
            guard let membership, membership.role >= role else { return deny(.roleMissing(role)) }
        }
        if let anyRole, !anyRole.contains(where: principal.globalRoles.contains) {
            return deny(.globalRoleMissing(anyRole))
        }
        if let users, !users.contains(where: principal.isNamed) { return deny(.userNotListed) }
        return .allow(Permit(route: route, principal: principal, membership: membership))
    }

    private func membership(
        of principal: Principal, _ route: Route, _ match: RouteTrie.Match, _ now: Timestamp,
        _ scratch: borrowing DecisionScratch
    ) -> PlantMembership? {
        if let plant = route.match.plant {
            return principal.membership(in: plant.utf8.span, at: now, foldingCase: false)
        }
        if !match.plant.isEmpty {
            return principal.membership(in: scratch.normal.span.extracting(match.plant), at: now, foldingCase: false)
        }
        if !match.hostPlant.isEmpty {
            // Hosts have no case.
            return principal.membership(in: scratch.host.span.extracting(match.hostPlant), at: now, foldingCase: true)
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
