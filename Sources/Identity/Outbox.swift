/// A mail to be sent: what about and to whom. Words and layout are the templates'.
///
/// Has no `description` on purpose: the link holds a secret.
package struct MailEvent: Sendable {
    /// What the mail is about; the raw value names its templates.
    package enum Kind: String, Sendable, CaseIterable {
        /// Asks the person to prove that they read this address.
        case verifyEmail = "verify_email"
        /// Somebody registered with an address that has an account: tells its owner, with a link to sign in.
        case alreadyRegistered = "already_registered"
        case resetPassword = "reset_password"
        /// Asks the person to prove that they read the address that their account shall have.
        case changeEmail = "change_email"
        /// Tells the former address that the account has another one now.
        case emailChanged = "email_changed"
        case passwordChanged = "password_changed"
        /// Somebody signed in from where this person has not been before.
        case newSignIn = "new_sign_in"
        case invitation
        case accountDeleted = "account_deleted"
    }

    /// Made with the event: however often one event is enqueued, it is one mail. Part of its Message-ID.
    package let id: UUID128
    package let kind: Kind
    /// The address, as typed.
    package let recipient: String
    /// Whose account it is about; nil for an invitation of somebody who has none.
    package let userID: UserID?
    /// The language that the person asked for, as in Accept-Language's first choice; nil: the site's.
    package let language: String?
    /// Where the person is to go, made from `accounts.public_url`. Secret where it holds a token.
    package let link: String?
    /// When the link ends.
    package let expiresAt: Timestamp?
    /// What else the text names: `name`, `plant`, `role`, `inviter`, `ip_address`, `email`. Typed by people: templates
    /// escape it.
    package let values: [String: String]

    package init(
        _ kind: Kind, to recipient: String, userID: UserID?, language: String? = nil, link: String? = nil,
        expiresAt: Timestamp? = nil, values: [String: String] = [:], id: UUID128 = .random(from: SystemRandomSource())
    ) {
        self.id = id
        self.kind = kind
        self.recipient = recipient
        self.userID = userID
        self.language = language
        self.link = link
        self.expiresAt = expiresAt
        self.values = values
    }
}

extension MailEvent: CustomReflectable, CustomDebugStringConvertible {
    package var debugDescription: String { "\(kind.rawValue) mail" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where mails wait for delivery. Within a unit of work, a mail is sent if, and only if, all of it takes effect.
package protocol Outbox: Sendable {
    func enqueue(_ mail: MailEvent) async throws(StoreError)
}
