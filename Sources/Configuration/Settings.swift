/// Where the gateway listens, and what for.
package struct ListenerSettings: Sendable, Hashable {
    package enum Purpose: Sendable, Hashable {
        /// Requests are decided on and forwarded; over TLS if there are certificates.
        case gateway([CertificatePair])
        /// Every request is sent to the same place over TLS.
        case redirectToHTTPS
        /// `/healthz`, `/readyz` and `/metrics`.
        case operations
    }

    /// As the configuration has it: `0.0.0.0:8443`.
    package let address: String
    package let purpose: Purpose
    /// Whether every connection begins with a PROXY header of a trusted proxy.
    package let expectsProxyHeader: Bool
    /// What browsers are told over TLS; nil is nothing.
    package let strictTransport: StrictTransport?

    package init(
        address: String, purpose: Purpose, expectsProxyHeader: Bool = false, strictTransport: StrictTransport? = nil
    ) {
        self.address = address
        self.purpose = purpose
        self.expectsProxyHeader = expectsProxyHeader
        self.strictTransport = strictTransport
    }
}

/// How long browsers are to come over TLS only, once they have come (HSTS; RFC 6797).
package struct StrictTransport: Sendable, Hashable {
    package var maxAge = Duration.seconds(365 * 86_400)
    package var includesSubdomains = false
    package var preload = false

    package init() {}

    /// The value of the `Strict-Transport-Security` field.
    package var value: String {
        "max-age=\(maxAge.components.seconds)" + (includesSubdomains ? "; includeSubDomains" : "")
            + (preload ? "; preload" : "")
    }
}

/// The files of a certificate.
package struct CertificatePair: Sendable, Hashable {
    package let certificate: String
    package let key: String
    /// Where the configuration names it, for messages.
    package let location: SourceLocation

    package init(certificate: String, key: String, location: SourceLocation = SourceLocation(file: "")) {
        self.certificate = certificate
        self.key = key
        self.location = location
    }
}

/// PostgreSQL. Has no `description`: the URL may hold a password.
package struct DatabaseSettings: Sendable, CustomReflectable {
    package var url = "postgresql:///gatehouse"
    package var connections = 8
    /// How long what is cached may be used without asking again.
    package var staleness = Duration.seconds(10)
    package var connectTimeout = Duration.seconds(5)
    package var queryTimeout = Duration.seconds(10)

    package init() {}
    package var customMirror: Mirror { Mirror(self, children: ["connections": connections, "staleness": staleness]) }
}

/// How long people stay signed in.
package struct SessionSettings: Sendable, Hashable {
    package var idle = Duration.seconds(8 * 3600)
    package var lifetime = Duration.seconds(24 * 3600)
    /// For people who ask to stay signed in; nil: nobody can ask.
    package var remembered: Duration? = .seconds(30 * 86_400)
    /// How often a cookie changes, and how long a program's access token lasts.
    package var rotation = Duration.seconds(15 * 60)
    /// How long the former token still works.
    package var rotationGrace = Duration.seconds(30)
    package var perUserMax = 10
    /// How many sessions each worker remembers.
    package var cachedMax = 100_000

    package init() {}
}

/// Sign-in and passwords.
package struct AccountSettings: Sendable, Hashable {
    /// Who may make an account.
    package enum Registration: String, Sendable, CaseIterable { case open, invite, closed }
    /// Whether an address must be proved.
    package enum EmailVerification: String, Sendable, CaseIterable { case required, optional, off }

    /// False for `accounts: off`: nobody signs in, and nobody manages accounts over the network.
    package var isOn = true
    package var registration = Registration.closed
    package var verifyEmail = EmailVerification.required
    /// Where people sign in: an origin, without a path.
    package var publicURL = "https://localhost:8443"
    package var passwordLengthMin = 15
    /// The path of a file of passwords from breaches.
    package var breachedPasswords: String?
    /// How many passwords are checked at once. A core without one is always there for those who are signed in: with a
    /// thread on each core, a flood of sign-ins made their slowest hundredth take five times as long.
    package var hashingThreads = max(1, Cores.count / 2)
    package var hashingQueueMax = 64

    package init() {}
}

/// Where logs go.
package struct LogSettings: Sendable, Hashable {
    package enum Destination: Sendable, Hashable {
        case standardOutput, standardError, none
        case file(String)
    }

    package var access = Destination.standardOutput
    package var level = "info"

    package init() {}
}
