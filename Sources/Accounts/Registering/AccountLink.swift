import Identity

/// Where the links of mails lead: pages that ask for a click, so that what follows links uses nothing up.
package enum AccountLink: String, Sendable, CaseIterable {
    case verifyEmail = "/.gatehouse/verify"
    case resetPassword = "/.gatehouse/reset"
    case confirmEmail = "/.gatehouse/confirm-email"
    case invitation = "/.gatehouse/invitation"

    /// The name under which the query holds the token.
    package static let parameter = "token"

    /// The whole link; secret. Its host is that of `accounts.public_url`, whatever host a request named.
    func url(_ token: Token, _ settings: PeopleSettings) -> String {
        "\(settings.publicURL)\(rawValue)?\(Self.parameter)=\(token.text)"
    }
}
