/// What the indexes in a worker's counters mean.
package struct MetricNames: Sendable {
    /// Route names by index.
    package var routes: [String]
    /// Decision reasons by index.
    package var reasons: [String]

    package init(routes: [String], reasons: [String]) {
        self.routes = routes
        self.reasons = reasons
    }
}

/// The numbers that belong to no worker.
package struct GatewayMetrics: Sendable {
    /// Whether the last attempt to load the configuration worked.
    package var configurationReloaded: Bool
    /// The short name of the configuration in effect; empty when unknown.
    package var configurationFingerprint = ""
    package var endpoints: [EndpointMetrics]
    package var upstreams: [UpstreamMetrics] = []
    package var tunnels: [TunnelMetrics] = []
    package var connectionEnds = ConnectionMetrics()
    /// How many attempts to sign in ended how.
    package var logins: [String: UInt64]
    package var passwordQueueDepth: Int
    /// Nil where no mail is delivered.
    package var mail: Mail?
    /// Nil where no feed of changes is listened to.
    package var feed: FeedCounters.Numbers?
    /// The access log's.
    package var log: LogStatistics

    package struct Mail: Sendable {
        /// What became of attempts to deliver: `sent`, `postponed`, `refused`.
        package var deliveries: [String: UInt64]
        /// Mails that wait in the outbox, of all gateways.
        package var waiting: Int
        package var oldestAge: Duration

        package init(deliveries: [String: UInt64], waiting: Int, oldestAge: Duration) {
            self.deliveries = deliveries
            self.waiting = waiting
            self.oldestAge = oldestAge
        }
    }

    package init(
        configurationReloaded: Bool, endpoints: [EndpointMetrics] = [], logins: [String: UInt64] = [:],
        passwordQueueDepth: Int = 0, log: LogStatistics = LogStatistics()
    ) {
        self.configurationReloaded = configurationReloaded
        self.endpoints = endpoints
        self.logins = logins
        self.passwordQueueDepth = passwordQueueDepth
        self.log = log
    }
}

/// The answer of `/metrics`, in the names that interface and dashboards rely on.
package enum MetricsPage {
    package static let contentType = PrometheusText.contentType

    /// Adds the workers' numbers up and writes all of them down.
    package static func render(
        _ workers: [MetricsSnapshot], names: MetricNames, gateway: GatewayMetrics
    ) -> [UInt8] {
        var sum = MetricsSnapshot()
        for worker in workers { sum.merge(worker) }
        var page = PrometheusText()
        page.requests(sum, names)
        page.connections(sum)
        page.gateway(gateway)
        return page.bytes
    }
}

extension PrometheusText {
    fileprivate mutating func requests(_ sum: MetricsSnapshot, _ names: MetricNames) {
        begin("gatehouse_requests_total", .counter, help: "Requests answered, by route, status and protocol.")
        for (word, count) in sum.requests.entries {
            let key = MetricsSnapshot.RequestKey(word: word)
            let labels = [
                (name: "route", value: Self.name(key.route, in: names.routes)),
                (name: "code", value: key.status == 0 ? "none" : "\(key.status)"),
                (name: "protocol", value: key.wireProtocol.label.description),
            ]
            sample("gatehouse_requests_total", labels, count)
        }
        histogram(
            "gatehouse_request_duration_seconds",
            help: "Time from a request's complete head to the last byte of its answer.", sum.requestDuration)
        histogram(
            "gatehouse_upstream_duration_seconds", help: "Time that an endpoint took to begin its answer.",
            sum.upstreamDuration)
        begin("gatehouse_decisions_total", .counter, help: "Decisions, by route, outcome and reason.")
        for (word, count) in sum.decisions.entries {
            let key = MetricsSnapshot.DecisionKey(word: word)
            let labels = [
                (name: "route", value: Self.name(key.route, in: names.routes)),
                (name: "outcome", value: key.outcome.label.description),
                (name: "reason", value: Self.name(key.reason, in: names.reasons)),
            ]
            sample("gatehouse_decisions_total", labels, count)
        }
        begin(
            "gatehouse_shadow_decisions_total", .counter,
            help: "What requirements on trial would have decided, by route, outcome, reason and what was enforced.")
        for (word, count) in sum.shadows.entries {
            let key = MetricsSnapshot.ShadowKey(word: word)
            let labels = [
                (name: "route", value: Self.name(key.decision.route, in: names.routes)),
                (name: "outcome", value: key.decision.outcome.label.description),
                (name: "reason", value: Self.name(key.decision.reason, in: names.reasons)),
                (name: "enforced", value: key.enforced.label.description),
            ]
            sample("gatehouse_shadow_decisions_total", labels, count)
        }
    }

    fileprivate mutating func connections(_ sum: MetricsSnapshot) {
        begin("gatehouse_connections", .gauge, help: "Open client connections, by protocol.")
        for wireProtocol in WireProtocol.allCases where wireProtocol != .http10 {
            let open = sum.connections[Int(wireProtocol.rawValue)]
            sample("gatehouse_connections", [("protocol", wireProtocol.label.description)], open)
        }
        begin("gatehouse_session_cache_hits", .counter, help: "Sessions found in a worker's cache.")
        sample("gatehouse_session_cache_hits", sum.sessionCacheHits)
        begin("gatehouse_session_cache_misses", .counter, help: "Sessions that the database was asked for.")
        sample("gatehouse_session_cache_misses", sum.sessionCacheMisses)
        begin("gatehouse_session_cache_entries", .gauge, help: "Sessions in the workers' caches.")
        sample("gatehouse_session_cache_entries", sum.sessionCacheEntries)
    }

    fileprivate mutating func gateway(_ gateway: GatewayMetrics) {
        begin(
            "gatehouse_config_reload_success", .gauge,
            help: "Whether the last attempt to load the configuration worked.")
        sample("gatehouse_config_reload_success", gateway.configurationReloaded ? 1 : 0)
        if !gateway.configurationFingerprint.isEmpty {
            begin("gatehouse_config_info", .gauge, help: "The configuration in effect, by its fingerprint.")
            sample("gatehouse_config_info", [("fingerprint", gateway.configurationFingerprint)], 1)
        }
        endpoints(gateway.endpoints)
        upstreams(gateway.upstreams)
        tunnels(gateway.tunnels)
        connectionEnds(gateway.connectionEnds)
        begin("gatehouse_logins_total", .counter, help: "Attempts to sign in, by outcome.")
        for (outcome, count) in gateway.logins.sorted(by: { $0.key < $1.key }) {
            sample("gatehouse_logins_total", [("outcome", outcome)], count)
        }
        begin("gatehouse_password_queue_depth", .gauge, help: "Sign-ins that wait for a hashing thread.")
        sample("gatehouse_password_queue_depth", gateway.passwordQueueDepth)
        if let mail = gateway.mail { self.mail(mail) }
        if let feed = gateway.feed { self.feed(feed) }
        begin("gatehouse_log_lines_written_total", .counter, help: "Lines of the access log written.")
        sample("gatehouse_log_lines_written_total", gateway.log.linesWritten)
        begin(
            "gatehouse_log_lines_dropped_total", .counter,
            help: "Lines of the access log lost: the disk was too slow or full.")
        sample("gatehouse_log_lines_dropped_total", gateway.log.linesDropped)
        begin(
            "gatehouse_log_errors_total", .counter, help: "Writes of the access log that failed and were tried again.")
        sample("gatehouse_log_errors_total", gateway.log.errors)
    }

    private mutating func mail(_ mail: GatewayMetrics.Mail) {
        begin("gatehouse_mail_deliveries_total", .counter, help: "Attempts to deliver a mail, by outcome.")
        for (outcome, count) in mail.deliveries.sorted(by: { $0.key < $1.key }) {
            sample("gatehouse_mail_deliveries_total", [("outcome", outcome)], count)
        }
        begin("gatehouse_mail_queue_length", .gauge, help: "Mails that wait to be delivered by any gateway.")
        sample("gatehouse_mail_queue_length", mail.waiting)
        begin("gatehouse_mail_queue_oldest_seconds", .gauge, help: "How long the oldest of them has waited.")
        sample("gatehouse_mail_queue_oldest_seconds", mail.oldestAge.components.seconds)
    }

    /// The name of an index; `none` for none, and for one that nobody has named.
    private static func name(_ index: Int?, in names: [String]) -> String {
        guard let index, names.indices.contains(index) else { return "none" }
        return names[index]
    }
}
