/// How mail leaves the house. Its description and its mirror leave the password out.
package struct MailSettings: Sendable, CustomStringConvertible, CustomReflectable {
    package enum Delivery: Sendable {
        case smtp(SMTP)
        /// Written into a folder instead of being sent. `isShown`: on a page of the portal, for everybody.
        case folder(String, isShown: Bool)
    }

    /// A mail server.
    package struct SMTP: Sendable, CustomStringConvertible, CustomReflectable {
        /// `smtp://host:port` or `smtps://host:port`.
        package var url: String
        package var username: String?
        package var password: String?
        /// Nothing is sent without TLS.
        package var requiresTLS = true
        /// A PEM file of the authorities to trust; nil: the system's.
        package var authorities: String?
        package var timeout = Duration.seconds(60)

        package init(url: String) { self.url = url }

        package var description: String {
            "\(url) username: \(username ?? "none") tls: \(requiresTLS) ca: \(authorities ?? "none") timeout: \(timeout)"
        }
        package var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// `Gatehouse <no-reply@example.com>` or the address alone.
    package var from: String
    package var delivery: Delivery
    /// Of those to whom we know no better.
    package var language = "en"
    /// A folder of the site's own templates.
    package var templates: String?
    /// Where the configuration says so, for messages.
    package var location: SourceLocation

    package init(from: String, delivery: Delivery, location: SourceLocation = SourceLocation(file: "")) {
        self.from = from
        self.delivery = delivery
        self.location = location
    }

    package var description: String {
        "\(from) by \(delivery) language: \(language) templates: \(templates ?? "none")"
    }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
