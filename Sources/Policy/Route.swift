/// One route: what it matches, what it requires, where it leads. Immutable, so that all workers share it.
package final class Route: Sendable {
    /// Its place in the table: what counters are kept by.
    package let index: Int
    package let name: String
    package let match: RouteMatch
    package let requirement: Requirement
    /// A requirement on trial: asked beside the other, and never enforced.
    package let shadow: Requirement?
    package let upstream: String
    /// The place of its upstream in the configuration.
    package let upstreamIndex: Int
    package let identity: IdentityTemplate
    /// The beginning of the line that carries a signed assertion: its name, a colon and a space. Empty without one.
    package let assertionField: [UInt8]
    /// The longest body that it takes; nil is any.
    package let bodyBytesMax: UInt64?
    /// Whether `%2F` may stand in its paths.
    package let allowsEncodedSlashes: Bool
    /// The protocols that a connection may be switched to, in lower case.
    package let upgrades: [[UInt8]]
    /// Whose pages may open a WebSocket.
    package let origins: RouteOrigins
    /// How many requests it takes from one client; nil is any number.
    package let rate: RequestRate?

    package init(index: Int, _ definition: RouteDefinition) {
        self.index = index
        name = definition.name
        match = definition.match
        requirement = definition.requirement
        shadow = definition.shadow
        upstream = definition.upstream
        upstreamIndex = definition.upstreamIndex
        identity = definition.identity
        assertionField = definition.identity.assertionHeader.map { Array("\($0): ".utf8) } ?? []
        bodyBytesMax = definition.bodyBytesMax
        allowsEncodedSlashes = definition.allowsEncodedSlashes
        upgrades = definition.upgrades.map { Array($0.lowercased().utf8) }
        origins = definition.origins
        rate = definition.rate
    }
}

/// A route as the configuration describes it.
package struct RouteDefinition: Sendable {
    package var name: String
    package var match: RouteMatch
    package var requirement: Requirement
    package var shadow: Requirement?
    package var upstream: String
    package var upstreamIndex: Int
    package var identity: IdentityTemplate
    package var bodyBytesMax: UInt64?
    package var allowsEncodedSlashes: Bool
    package var upgrades: [String]
    package var origins: RouteOrigins
    package var rate: RequestRate?

    package init(
        name: String, match: RouteMatch = RouteMatch(), requirement: Requirement, shadow: Requirement? = nil,
        upstream: String, upstreamIndex: Int = 0, identity: IdentityTemplate = .gatehouse,
        bodyBytesMax: UInt64? = 10 * 1024 * 1024, allowsEncodedSlashes: Bool = false,
        upgrades: [String] = ["websocket"], origins: RouteOrigins = .own, rate: RequestRate? = nil
    ) {
        self.name = name
        self.match = match
        self.requirement = requirement
        self.shadow = shadow
        self.upstream = upstream
        self.upstreamIndex = upstreamIndex
        self.identity = identity
        self.bodyBytesMax = bodyBytesMax
        self.allowsEncodedSlashes = allowsEncodedSlashes
        self.upgrades = upgrades
        self.origins = origins
        self.rate = rate
    }
}

/// Which requests a route is about.
package struct RouteMatch: Sendable, Hashable {
    /// Nil is every host.
    package var host: HostPattern?
    /// Nil is every path.
    package var path: PathPattern?
    /// A plant that the route is bound to whatever the request says, by code or id.
    package var plant: String?

    package init(host: HostPattern? = nil, path: PathPattern? = nil, plant: String? = nil) {
        self.host = host
        self.path = path
        self.plant = plant
    }

    /// What this is to a server that knows no case.
    var caseless: RouteMatch { RouteMatch(host: host, path: path?.caseless, plant: plant) }

    /// Whether a request of this route is about a plant.
    package var bindsPlant: Bool { plant != nil || host?.capturesPlant == true || path?.capturesPlant == true }
}
