package import Identity
import PasswordHashing

/// Why a use case did not do what it was asked.
///
/// `code` is a promise to programs; `description` is for people, and names nothing that they may not know.
package enum AccountsError: Error, Sendable, Hashable {
    /// Unknown user, wrong password, suspended, unverified, deleted or password-less: never says which.
    case invalidCredentials
    /// Too many sign-ins at once.
    case busy(retryAfter: Duration)
    /// The database is away. The text is for logs, not for visitors.
    case unavailable(String)
    case weakPassword(PasswordProblem)
    /// A field that cannot be accepted as it is: which, and what would be.
    case invalid(field: String, allowed: String)
    /// The thing that was named does not exist.
    case notFound(Subject)
    /// Somebody else has this value of `field` already.
    case conflict(field: String)
    /// A rule of the data model refuses it: the text says which.
    case refused(String)
    /// The requester may not do this, whatever they name.
    case forbidden
    /// Too many failures or requests lately, of this account or from this address: 429.
    case throttled(retryAfter: Duration)
    /// The password is right, but must be changed before it opens anything: the token is for `SetFirstPassword`.
    case passwordChangeRequired(Token)
    /// The link of a mail is unknown, used, expired, or good for something else.
    case linkRefused
    /// `accounts.registration` lets nobody make an account this way.
    case registrationClosed
    /// `accounts: off`: no user management at all.
    case accountsOff
    /// The ticket is unknown, used, expired, or for another host or browser.
    case ticketRefused
    /// The refresh token opens nothing: unknown, expired, used before, or its session is over.
    case invalidGrant
    /// The caller gave up waiting.
    case cancelled
    /// A fault of ours or of the database's contents. The text is for logs.
    case fault(String)

    /// What was looked for.
    package enum Subject: String, Sendable, Hashable {
        case user, plant, role, session, invitation
        case apiToken = "api_token"
    }
}

extension AccountsError {
    /// A stable name for programs: `problem+json` and `--json` carry it.
    package var code: String {
        switch self {
        case .invalidCredentials: "invalid_credentials"
        case .busy: "busy"
        case .unavailable: "unavailable"
        case .weakPassword: "weak_password"
        case .invalid: "invalid_input"
        case .notFound: "not_found"
        case .conflict: "conflict"
        case .refused: "refused"
        case .forbidden: "forbidden"
        case .throttled: "throttled"
        case .passwordChangeRequired: "password_change_required"
        case .linkRefused: "link_refused"
        case .registrationClosed: "registration_closed"
        case .accountsOff: "accounts_off"
        case .ticketRefused: "ticket_refused"
        case .invalidGrant: "invalid_grant"
        case .cancelled: "cancelled"
        case .fault: "internal_error"
        }
    }
}

extension AccountsError: CustomStringConvertible {
    /// A sentence for people.
    package var description: String {
        switch self {
        case .invalidCredentials: "The username, email address or password is not right."
        case .busy: "Too many people are signing in at this moment. Please try again shortly."
        case .unavailable: "Accounts cannot be reached at this moment. Please try again shortly."
        case .weakPassword(let problem): problem.description
        case .invalid(let field, let allowed): "The \(field) cannot be used: \(allowed)."
        case .notFound(.user): "There is no such user."
        case .notFound(.plant): "There is no such plant."
        case .notFound(.role): "This user holds no role in this plant."
        case .notFound(.session): "There is no such live session."
        case .notFound(.apiToken): "There is no such live API token."
        case .notFound(.invitation): "There is no such open invitation."
        case .conflict(let field): "This \(field) is already taken."
        case .refused(let rule): rule
        case .forbidden: "You may not do this."
        case .throttled: "There were too many attempts. Please wait a little before you try again."
        case .passwordChangeRequired: "This password must be changed before you can go on."
        case .linkRefused: "This link has expired or was already used. Please ask for a new one."
        case .registrationClosed: "Accounts are made by invitation only here. Please ask an administrator."
        case .accountsOff: "Accounts are not managed here."
        case .invalidGrant: "The refresh token is not good any more. Sign in again."
        case .ticketRefused: "This link has expired or was already used. Please sign in again."
        case .cancelled: "The request was given up."
        case .fault: "Something went wrong on our side."
        }
    }

    /// What happened in full, for operators' logs and terminals: with the database's own words where there are some.
    package var detail: String {
        switch self {
        case .unavailable(let text), .fault(let text): "\(description) (\(text))"
        default: description
        }
    }
}

extension AccountsError {
    /// Takes over what a store reports. `subject` is what was looked for when it finds nothing.
    init(_ error: StoreError, subject: Subject = .user) {
        switch error {
        case .unavailable(let text): self = .unavailable(text)
        case .conflict(let field): self = .conflict(field: field)
        case .refused(let rule): self = .refused(rule)
        case .notFound: self = .notFound(subject)
        case .schema(let text): self = .unavailable(text)
        case .unexpected(let text): self = .fault(text)
        }
    }

    /// Takes over what the hasher reports.
    init(_ error: PasswordHashingError) {
        switch error {
        case .busy(let retryAfter): self = .busy(retryAfter: retryAfter)
        case .passwordTooLong: self = .weakPassword(.tooLong(charactersMax: PasswordHasher.charactersMax))
        case .unreadableHash: self = .fault("a stored password hash cannot be read")
        case .cancelled: self = .cancelled
        case .failed(let code): self = .fault("hashing a password failed with Argon2 code \(code)")
        }
    }
}
