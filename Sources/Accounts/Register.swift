import Identity

/// Makes an account for somebody who asks for one.
///
/// An address that has an account already gets the same answer after the same work; its owner is told by mail
/// (OWASP ASVS 5.0, 6.3.8).
package struct Register: Sendable {
    private let environment: AccountsEnvironment

    package init(_ environment: AccountsEnvironment) { self.environment = environment }

    /// - Throws: `registrationClosed`, `accountsOff`, `invalid`, `weakPassword`, `throttled`, `busy`, `unavailable`.
    package func callAsFunction(
        _ form: RegistrationForm, by requester: Requester
    ) async throws(AccountsError) -> RegistrationAnswer {
        throw .accountsOff
    }
}

/// What a person fills in to get an account.
package struct RegistrationForm: Sendable {
    package var email: String
    /// Secret.
    package var password: String
    package var name: String?
    /// A wish: where somebody has it, the account is made without one, and the mail says so.
    package var username: String?

    package init(email: String, password: String, name: String? = nil, username: String? = nil) {
        self.email = email
        self.password = password
        self.name = name
        self.username = username
    }
}

extension RegistrationForm: CustomReflectable {
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What somebody is told who registered. It follows from the settings alone, never from whether the address is known.
package enum RegistrationAnswer: String, Sendable, Hashable {
    /// `verify_email: required`: a mail is on its way, and only its link opens the account.
    case checkMail = "check_mail"
    /// `optional` or `off`: the person may sign in at once.
    case signIn = "sign_in"
}
