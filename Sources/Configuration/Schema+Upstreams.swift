extension Section {
    static let upstream = Section(
        name: "an upstream",
        keys: [
            Key(
                name: "endpoints",
                allowed: "a list of http://, https://, h2:// or h2c://host:port, or unix:/path",
                meaning: "where the application is; every address of a name is an endpoint"),
            Key(
                name: "balance", allowed: "least_requests, round_robin or hash_user",
                meaning: "who gets the next request"),
            Key(name: "health", allowed: "a map", meaning: "asks endpoints whether they are well"),
            Key(name: "ejection", allowed: "off or a map", meaning: "passes endpoints over that fail again and again"),
            Key(
                name: "slow_start", allowed: "a duration",
                meaning: "how long an endpoint that is new or well again gets less than its share"),
            Key(name: "timeouts", allowed: "a map", meaning: "how long the application may take"),
            Key(name: "retries", allowed: "off or a map", meaning: "what is asked again elsewhere"),
            Key(name: "limits", allowed: "a map", meaning: "how much is asked of the application at once"),
            Key(name: "resolve", allowed: "a duration", meaning: "how often the names of endpoints are looked up"),
            Key(name: "tls", allowed: "a map", meaning: "how https and h2 endpoints are spoken to"),
        ])
    static let health = Section(
        name: "health",
        keys: [
            Key(name: "path", allowed: "a path", meaning: "what is asked for; without it, accepting is enough"),
            Key(
                name: "grpc", allowed: "a service's name, or \"\" for all of them",
                meaning: "in place of path: asks grpc.health.v1.Health of endpoints over HTTP/2"),
            Key(name: "host", allowed: "a host", meaning: "whose, if not the endpoint's own"),
            Key(name: "interval", allowed: "a duration", meaning: "how often"),
            Key(name: "timeout", allowed: "a duration", meaning: "how long the answer may take"),
            Key(name: "healthy_after", allowed: "1 to 100", meaning: "good answers in a row that make it well"),
            Key(name: "unhealthy_after", allowed: "1 to 100", meaning: "bad ones in a row that make it unwell"),
            Key(
                name: "expect", allowed: "a list of statuses like 200 or 200-299",
                meaning: "which statuses are good answers"),
        ])
    static let ejection = Section(
        name: "ejection",
        keys: [
            Key(name: "failures", allowed: "1 to 1000", meaning: "so many failures in a row"),
            Key(name: "base", allowed: "a duration", meaning: "for how long the first time, and longer each time"),
            Key(name: "maximum", allowed: "a duration", meaning: "for how long at most"),
        ])
    static let timeouts = Section(
        name: "timeouts",
        keys: [
            Key(name: "connect", allowed: "a duration", meaning: "until it accepts"),
            Key(name: "first_byte", allowed: "a duration", meaning: "until its answer begins"),
            Key(name: "idle", allowed: "a duration", meaning: "how long an answer may pause"),
        ])
    static let retries = Section(
        name: "retries",
        keys: [
            Key(name: "attempts", allowed: "0 to 10", meaning: "how many endpoints are tried after the first"),
            Key(
                name: "budget", allowed: "0 to 100",
                meaning: "how many of the requests under way may be repetitions, in percent; three always may"),
        ])
    static let upstreamLimits = Section(
        name: "limits of an upstream",
        keys: [
            Key(name: "connections", allowed: "1 to 1000000", meaning: "connections to each endpoint"),
            Key(name: "idle_connections", allowed: "0 to 1000000", meaning: "connections that are kept unused"),
            Key(name: "idle", allowed: "a duration", meaning: "how long they are kept"),
            Key(name: "pending", allowed: "0 to 1000000", meaning: "requests that wait for a connection; more get 503"),
            Key(name: "pending_timeout", allowed: "a duration", meaning: "how long they wait; then 503"),
        ])
    static let upstreamTLS = Section(
        name: "tls of an upstream",
        keys: [
            Key(
                name: "ca", allowed: "a PEM file", meaning: "the authorities that are believed instead of the machine's"
            ),
            Key(name: "certificate", allowed: "a PEM file", meaning: "by which the gateway shows who it is"),
            Key(name: "key", allowed: "a PEM file", meaning: "its private key"),
            Key(name: "server_name", allowed: "a host", meaning: "the name that is asked for, and must be certified"),
            Key(name: "verify", allowed: "true or false", meaning: "whether the certificate is looked at"),
        ])

    /// The sections below `upstreams`, for the documentation of keys.
    static let upstreams = [
        upstream, health, ejection, timeouts, retries, upstreamLimits, upstreamTLS,
    ]
}
