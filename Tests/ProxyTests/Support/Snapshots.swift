import Configuration
import Identity
import Policy

@testable import Proxy

extension Stand {
    /// The stand's configuration, with these ports as the endpoints of its one upstream.
    static func snapshot(
        _ ports: [UInt16], _ options: Options, plain: String? = nil
    ) throws -> Snapshot {
        let certificates = ["site", "other"].map { name in
            CertificatePair(
                certificate: TestCertificates.shared.path(name + ".pem"),
                key: TestCertificates.shared.path(name + ".key"))
        }
        var database = DatabaseSettings()
        database.staleness = options.staleness
        var sessions = SessionSettings()
        sessions.rotation = options.rotation
        var accounts = AccountSettings()
        accounts.publicURL = "https://login.example.com"
        var timeouts = options.timeouts
        timeouts.head = options.head
        timeouts.bodyIdle = options.bodyIdle
        timeouts.keepAliveIdle = options.keepAliveIdle
        var upstream = UpstreamSettings.Timeouts()
        upstream.connect = options.connect
        upstream.firstByte = options.firstByte
        upstream.idle = options.idle
        var collisions: [RouteTable.Collision] = []
        let routes = RouteTable(try routes(options), collisions: &collisions)
        return Snapshot(
            listeners: [
                ListenerSettings(
                    address: plain ?? options.plain, purpose: .gateway([]),
                    expectsProxyHeader: options.expectsProxyHeader),
                ListenerSettings(
                    address: "127.0.0.1:0", purpose: .gateway(certificates),
                    expectsProxyHeader: options.expectsProxyHeader, strictTransport: options.strictTransport),
                ListenerSettings(address: "127.0.0.1:0", purpose: .redirectToHTTPS),
                ListenerSettings(address: "127.0.0.1:0", purpose: .operations),
            ], database: database, workers: options.workers, sessions: sessions, accounts: accounts,
            assertion: options.assertion,
            trustedProxies: options.trustedProxies, limits: options.limits, timeouts: timeouts,
            upstreams: [
                UpstreamSettings(
                    name: "app",
                    endpoints: (options.endpoints ?? ports.map { "http://127.0.0.1:\($0)" }).map { .init(url: $0) },
                    balance: options.balance, timeouts: upstream, health: options.health, ejection: options.ejection,
                    retries: options.retries, limits: options.upstreamLimits, resolve: options.resolve, tls: options.tls
                )
            ], routes: routes)
    }

    private static func routes(_ options: Options) throws -> [RouteDefinition] {
        func route(
            _ name: String, _ path: String, _ condition: Requirement.Condition, bodyBytesMax: UInt64? = nil,
            upgrades: [String] = ["websocket"], origins: RouteOrigins = .own, rate: RequestRate.Subject? = nil
        ) throws -> RouteDefinition {
            RouteDefinition(
                name: name, match: RouteMatch(path: try PathPattern(path), plant: options.plants[name]),
                requirement: Requirement(options.conditions[name] ?? condition),
                upstream: "app", bodyBytesMax: bodyBytesMax, upgrades: upgrades, origins: origins,
                rate: rate.map { RequestRate(per: $0, requests: 2, window: .seconds(3600)) })
        }
        let all = [
            try route("public", "/public/**", .anyone),
            try route(
                "tunnels", "/tunnels/**", .anyone, upgrades: ["websocket", "echo/1"],
                origins: .also([Array("https://desk.example.com".utf8)])),
            try route("rated", "/rated/**", .anyone, rate: .address),
            try route("rated-people", "/rated-people/**", .anyone, rate: .user),
            try route("rated-private", "/rated-private/**", .signedIn, rate: .user),
            try route("plain", "/plain/**", .anyone, upgrades: []),
            try route("limited", "/limited/**", .anyone, bodyBytesMax: 1000),
            try route("plants", "/plants/{plant}/**", .person(role: .operator, anyRole: nil, users: nil)),
            try route("engineers", "/engineers/{plant}/**", .person(role: .engineer, anyRole: nil, users: nil)),
            try route("private", "/private/**", .signedIn),
            try route(
                "marketing", "/marketing/**", .person(role: nil, anyRole: ["MARKETING", "ADMIN"], users: nil)),
        ]
        return all.filter { !options.missing.contains($0.name) }
    }
}
