/// What a configuration may say: every section with its keys, described once. Reading, messages and the documentation
/// of keys all go by it.
struct Section {
    /// Where it stands, for messages: `listeners[]`.
    let name: String
    let keys: [Key]
    /// Whether a value may be a secret, which no message repeats.
    var holdsSecrets = false
    /// Whether a key without a value is the same as no key. Elsewhere it is an oversight, and may let too many in.
    var mayBeEmpty = false

    struct Key {
        let name: String
        /// What the value may be.
        let allowed: String
        let meaning: String
    }

    func key(_ name: String) -> Key? { keys.first { $0.name == name } }
}

extension Section {
    static let root = Section(
        name: "the configuration",
        keys: [
            Key(
                name: "include", allowed: "a list of file patterns",
                meaning: "files whose upstreams, routes and tests are added"),
            Key(name: "listeners", allowed: "a list of listeners", meaning: "where the gateway listens"),
            Key(name: "database", allowed: "a map", meaning: "PostgreSQL"),
            Key(name: "workers", allowed: "auto or a number", meaning: "how many threads serve; auto is one per core"),
            Key(name: "sessions", allowed: "a map", meaning: "how long people stay signed in"),
            Key(
                name: "accounts", allowed: "a map, or off",
                meaning: "sign-in and passwords; off: no user management at all"),
            Key(name: "mail", allowed: "a map", meaning: "how mail leaves the house"),
            Key(
                name: "assertion", allowed: "a map",
                meaning: "signs what applications are told of who asks; without it, only headers tell"),
            Key(name: "portal", allowed: "a map", meaning: "how the pages look"),
            Key(name: "trusted_proxies", allowed: "a list of CIDRs", meaning: "whose X-Forwarded-* is believed"),
            Key(name: "limits", allowed: "a map", meaning: "how much a client may send, and how slowly"),
            Key(name: "log", allowed: "a map", meaning: "where logs go"),
            Key(
                name: "reload", allowed: "signal or watch", meaning: "when the files are read again"),
            Key(name: "upstreams", allowed: "a map of name to upstream", meaning: "the applications behind"),
            Key(name: "routes", allowed: "a list of routes", meaning: "which request goes where, and who may"),
            Key(name: "tests", allowed: "a list of tests", meaning: "what the routes must decide; run at every load"),
        ], mayBeEmpty: true)
    /// What an included file may say.
    static let included = Section(
        name: "an included file", keys: root.keys.filter { ["upstreams", "routes", "tests"].contains($0.name) },
        mayBeEmpty: true)
    static let listener = Section(
        name: "a listener",
        keys: [
            Key(name: "address", allowed: "an address like 0.0.0.0:8443 or [::]:8443", meaning: "where to listen"),
            Key(name: "tls", allowed: "a map with certificates", meaning: "speak TLS"),
            Key(name: "redirect", allowed: "https", meaning: "send every request to the same place over TLS"),
            Key(name: "serve", allowed: "operations", meaning: "/healthz, /readyz and /metrics instead of routes"),
            Key(
                name: "proxy_protocol", allowed: "true or false",
                meaning: "every connection comes from a trusted proxy, with a PROXY header (version 1 or 2) before it"),
        ])
    static let tls = Section(
        name: "tls",
        keys: [
            Key(
                name: "certificates", allowed: "a list of {certificate, key}",
                meaning: "chosen by SNI; the first is the default"),
            Key(
                name: "hsts", allowed: "off or a map",
                meaning: "browsers are told to come over TLS only (Strict-Transport-Security)"),
        ])
    static let hsts = Section(
        name: "hsts",
        keys: [
            Key(name: "max_age", allowed: "a duration", meaning: "how long they remember it"),
            Key(name: "include_subdomains", allowed: "true or false", meaning: "for every host below as well"),
            Key(name: "preload", allowed: "true or false", meaning: "browsers may ship with it (hstspreload.org)"),
        ])
    static let certificate = Section(
        name: "a certificate",
        keys: [
            Key(name: "certificate", allowed: "a PEM file, the chain included", meaning: "the certificate"),
            Key(name: "key", allowed: "a PEM file", meaning: "its private key"),
        ])
    static let database = Section(
        name: "database",
        keys: [
            Key(name: "url", allowed: "postgresql://…", meaning: "where PostgreSQL is"),
            Key(name: "connections", allowed: "1 to 1000", meaning: "how many connections are kept"),
            Key(
                name: "staleness", allowed: "a duration",
                meaning: "how long what is cached may be used without asking again"),
            Key(name: "connect_timeout", allowed: "a duration", meaning: "how long connecting may take"),
            Key(name: "query_timeout", allowed: "a duration", meaning: "how long a query may take"),
        ], holdsSecrets: true)
    static let sessions = Section(
        name: "sessions",
        keys: [
            Key(name: "idle", allowed: "a duration", meaning: "how long a session may lie unused"),
            Key(name: "lifetime", allowed: "a duration", meaning: "how long a session lasts at most"),
            Key(
                name: "remember", allowed: "a duration or off",
                meaning: "how long it lasts for people who ask to stay signed in"),
            Key(
                name: "rotate", allowed: "a duration",
                meaning: "how often its cookie changes, and how long an access token lasts"),
            Key(
                name: "rotation_grace", allowed: "a duration", meaning: "how long the former cookie still works"),
            Key(name: "per_user", allowed: "1 to 10000", meaning: "how many a person may have; the oldest gives way"),
            Key(name: "cache", allowed: "1 to 10000000", meaning: "how many each worker remembers"),
        ])
    static let accounts = Section(
        name: "accounts",
        keys: [
            Key(
                name: "registration", allowed: "open, invite or closed", meaning: "who may make an account"),
            Key(
                name: "verify_email", allowed: "required, optional or off", meaning: "whether an address must be proved"
            ),
            Key(name: "password_length", allowed: "8 to 64", meaning: "the fewest characters of a new password"),
            Key(
                name: "breached_passwords", allowed: "a path",
                meaning: "a file of passwords that no new one may be, by their SHA-1 in order"),
            Key(name: "public_url", allowed: "https://host[:port]", meaning: "where people sign in"),
            Key(
                name: "hashing_threads", allowed: "auto or a number",
                meaning: "how many passwords are checked at once, 64 MiB each; auto is one for every two cores"),
            Key(name: "hashing_queue", allowed: "1 to 10000", meaning: "how many wait for that; more get 503"),
        ])
    static let limits = Section(
        name: "limits",
        keys: [
            Key(
                name: "connections", allowed: "auto or a number",
                meaning: "open connections of clients; auto is what the limit on descriptors allows"),
            Key(
                name: "connections_per_address", allowed: "auto or a number",
                meaning: "of one address, or of one /64 of IPv6; auto keeps half for others when few are left"),
            Key(
                name: "memory", allowed: "auto or a size",
                meaning: "of the process: near it idle connections are closed; auto is what the machine has"),
            Key(name: "head", allowed: "a size", meaning: "the longest request head"),
            Key(name: "fields", allowed: "10 to 10000", meaning: "fields of a request head, each cookie one"),
            Key(name: "target", allowed: "a size", meaning: "the longest path with its query"),
            Key(name: "body", allowed: "a size", meaning: "the longest request body, where a route says nothing"),
            Key(
                name: "handshake_deadline", allowed: "a duration",
                meaning: "how long the PROXY header and the TLS handshake may take"),
            Key(name: "head_deadline", allowed: "a duration", meaning: "how long a request head may take"),
            Key(name: "body_deadline", allowed: "a duration or unlimited", meaning: "how long a whole body may take"),
            Key(name: "body_idle", allowed: "a duration", meaning: "how long a body may pause"),
            Key(name: "body_rate", allowed: "a size", meaning: "bytes a second that a body must come with"),
            Key(name: "answer_idle", allowed: "a duration", meaning: "how long a client may read none of an answer"),
            Key(
                name: "answer_rate", allowed: "a size",
                meaning: "bytes a second that a client must read while some wait for it"),
            Key(
                name: "keep_alive_idle", allowed: "a duration", meaning: "how long a connection may wait for a request"),
            Key(name: "drain", allowed: "a duration", meaning: "how long running requests get when the gateway stops"),
        ])
    static let log = Section(
        name: "log",
        keys: [
            Key(name: "access", allowed: "stdout, stderr, none or a file", meaning: "where the access log goes"),
            Key(
                name: "level", allowed: "debug, info, notice, warning or error",
                meaning: "what the operational log tells"),
        ])
    static let route = Section(
        name: "a route",
        keys: [
            Key(name: "name", allowed: "a unique name", meaning: "what logs and metrics call it"),
            Key(name: "match", allowed: "a map with host and path", meaning: "which requests it is about"),
            Key(name: "plant", allowed: "a plant's code or id", meaning: "binds the route to one plant"),
            Key(name: "require", allowed: "anyone, signed_in, a map or a list of maps", meaning: "who may"),
            Key(
                name: "shadow", allowed: "what require may be",
                meaning: "a requirement on trial: decided, counted and logged beside require, never enforced"),
            Key(
                name: "identity", allowed: "a preset or a map of header to template",
                meaning: "what the application is told"),
            Key(name: "upstream", allowed: "the name of an upstream", meaning: "where allowed requests go"),
            Key(name: "encoded_slashes", allowed: "refuse or allow", meaning: "whether %2F may stand in the path"),
            Key(name: "body", allowed: "a size or unlimited", meaning: "the longest request body"),
            Key(
                name: "upgrades", allowed: "a list of protocols",
                meaning: "what a connection may be switched to; without it, websocket alone"),
            Key(
                name: "origins", allowed: "a list of https://host[:port], or \"*\"",
                meaning: "whose pages may open a WebSocket besides those of the host itself"),
            Key(name: "rate", allowed: "a map", meaning: "how many requests it takes of one client; more get 429"),
        ])
    static let rate = Section(
        name: "rate",
        keys: [
            Key(name: "per", allowed: "address or user", meaning: "who is one client"),
            Key(name: "requests", allowed: "1 to 1000000", meaning: "how many in a window, on average"),
            Key(name: "window", allowed: "a duration", meaning: "how long a window is, from 1s to 1d"),
            Key(name: "burst", allowed: "1 to 1000000", meaning: "how many at once; without it, as many as requests"),
        ])
    static let match = Section(
        name: "match",
        keys: [
            Key(
                name: "host", allowed: "exact, *.example.com, or with one {plant} label",
                meaning: "which hosts; without it, all"),
            Key(
                name: "path", allowed: "segments, *, {plant}, and ** at the end",
                meaning: "which paths; without it, all"),
        ])
    static let require = Section(
        name: "require",
        keys: [
            Key(name: "methods", allowed: "a list of methods", meaning: "for which methods; without it, all"),
            Key(name: "anyone", allowed: "true", meaning: "nobody is asked who they are"),
            Key(name: "signed_in", allowed: "true", meaning: "anybody who is signed in"),
            Key(
                name: "role", allowed: "operator, supervisor, engineer or admin",
                meaning: "at least this role in the plant"),
            Key(name: "any_role", allowed: "a list of global roles", meaning: "one of these in all plants"),
            Key(name: "users", allowed: "a list of usernames, emails or ids", meaning: "one of these people"),
        ])
    static let test = Section(
        name: "a test",
        keys: [
            Key(name: "name", allowed: "a sentence", meaning: "what it shows"),
            Key(name: "request", allowed: "METHOD URL", meaning: "what is asked"),
            Key(name: "as", allowed: "anonymous, or a map of plant to role", meaning: "who asks"),
            Key(name: "user", allowed: "a username", meaning: "their name"),
            Key(name: "roles", allowed: "a list of global roles", meaning: "their roles in all plants"),
            Key(name: "expect", allowed: "allow, deny, sign_in or a status", meaning: "what is decided"),
            Key(name: "route", allowed: "the name of a route", meaning: "which route decides"),
        ])

    /// All sections, for the documentation of keys.
    static let all =
        [
            root, listener, tls, hsts, certificate, database, sessions, accounts, mail, smtp, assertion, portal, limits,
            log, route, rate, match, require, test,
        ] + upstreams
}
