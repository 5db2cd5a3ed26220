/// An application behind the gateway.
package struct UpstreamSettings: Sendable, Hashable {
    package enum Balance: String, Sendable, Hashable, CaseIterable {
        /// Of two endpoints drawn at random, the one with fewer requests (power of two choices).
        case leastRequests = "least_requests"
        case roundRobin = "round_robin"
        /// One person always the same endpoint, as long as it is well.
        case hashUser = "hash_user"
    }

    package struct Endpoint: Sendable, Hashable {
        /// `http://127.0.0.1:9001`
        package let url: String
        package init(url: String) { self.url = url }
    }

    package let name: String
    package let endpoints: [Endpoint]
    package let balance: Balance
    package let timeouts: Timeouts
    /// Nil: endpoints are not asked.
    package let health: HealthCheck?
    /// Nil: endpoints are given requests however often they fail.
    package let ejection: Ejection?
    /// How long an endpoint that is new or well again gets less than its share.
    package let slowStart: Duration
    package let retries: Retries
    package let limits: Limits
    /// How often the names of endpoints are looked up.
    package let resolve: Duration
    package let tls: TLS

    package init(
        name: String, endpoints: [Endpoint], balance: Balance = .leastRequests, timeouts: Timeouts = Timeouts(),
        health: HealthCheck? = nil, ejection: Ejection? = Ejection(), slowStart: Duration = .zero,
        retries: Retries = Retries(), limits: Limits = Limits(), resolve: Duration = .seconds(30), tls: TLS = TLS()
    ) {
        self.name = name
        self.endpoints = endpoints
        self.balance = balance
        self.timeouts = timeouts
        self.health = health
        self.ejection = ejection
        self.slowStart = slowStart
        self.retries = retries
        self.limits = limits
        self.resolve = resolve
        self.tls = tls
    }
}

extension UpstreamSettings {
    package struct Timeouts: Sendable, Hashable {
        package var connect = Duration.seconds(2)
        package var firstByte = Duration.seconds(60)
        package var idle = Duration.seconds(300)

        package init() {}
    }

    /// How endpoints are asked whether they are well.
    package struct HealthCheck: Sendable, Hashable {
        /// Nil: it is enough that they accept a connection.
        package var path: String?
        /// In place of a path: the service that gRPC's health checking protocol is asked about; empty for all of them.
        package var grpcService: String?
        /// The `Host` that is asked for; nil is the endpoint's own.
        package var host: String?
        package var interval = Duration.seconds(5)
        package var timeout = Duration.seconds(2)
        /// So many good answers in a row make an endpoint well, so many bad ones unwell.
        package var healthyAfter = 2
        package var unhealthyAfter = 3
        /// The statuses that a good answer has.
        package var expect = [200...299]

        package init() {}
    }

    /// When an endpoint is passed over for what requests met with there.
    package struct Ejection: Sendable, Hashable {
        /// So many failures in a row.
        package var failures = 5
        /// For how long; so many times longer as it was ejected times, lately.
        package var base = Duration.seconds(30)
        package var maximum = Duration.seconds(300)

        package init() {}
    }

    /// What is asked again elsewhere.
    package struct Retries: Sendable, Hashable {
        /// How many endpoints are tried after the first.
        package var attempts = 2
        /// How many of the requests that an upstream works on may be repetitions, in percent; three always may.
        package var budgetPercent = 20

        package init() {}
    }

    /// How much one gateway asks of an upstream at once.
    package struct Limits: Sendable, Hashable {
        /// Connections to each endpoint.
        package var connections = 8192
        /// Requests that wait for one.
        package var pending = 1024
        package var pendingTimeout = Duration.seconds(2)
        /// Connections that are kept unused.
        package var idleConnections = 1024
        package var idle = Duration.seconds(60)

        package init() {}
    }

    /// How `https` endpoints are spoken to.
    package struct TLS: Sendable, Hashable {
        /// The PEM file of the authorities that are believed; nil: those of this machine.
        package var authority: String?
        /// The certificate by which the gateway shows who it is.
        package var certificate: CertificatePair?
        /// The name that is asked for and that the certificate must have; nil: the endpoint's own.
        package var serverName: String?
        /// Whether the certificate is looked at.
        package var verifies = true

        package init() {}
    }
}
