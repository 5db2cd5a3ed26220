/// A mail server that takes our mail on its way (RFC 5321, RFC 6409).
///
/// Has no `description` on purpose: it holds a password.
package struct SMTPServer: Sendable, CustomReflectable {
    package enum Security: Sendable, Hashable {
        /// TLS from the beginning with `smtps://`, else by STARTTLS (RFC 3207), and nothing without it.
        case required
        /// In the open; for a relay on the same machine.
        case none
    }

    package struct Login: Sendable, CustomReflectable {
        package let username: String
        package let password: String

        package init(username: String, password: String) {
            self.username = username
            self.password = password
        }

        package var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// `smtp://host:port` or `smtps://host:port`.
    package var url: String
    package var security: Security
    package var login: Login?
    /// A PEM file of the authorities to trust; nil: the system's.
    package var authorities: String?
    /// How long one hand-over may take, from connecting to the last answer.
    package var timeout: Duration

    package init(
        url: String, security: Security = .required, login: Login? = nil, authorities: String? = nil,
        timeout: Duration = .seconds(60)
    ) {
        self.url = url
        self.security = security
        self.login = login
        self.authorities = authorities
        self.timeout = timeout
    }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
