import PasswordHashing

/// What a new password must be (NIST SP 800-63B-4, section 3.1.1.2): long enough, not too long, and nothing more.
struct PasswordRules {
    /// Below this no setting can go.
    static let lengthFloor = 8

    let lengthMin: Int

    init(_ settings: AccountsSettings) {
        lengthMin = min(max(settings.passwordLengthMin, Self.lengthFloor), PasswordHasher.charactersMax)
    }

    /// Refuses a password that is too short or too long. Each Unicode code point counts as one character.
    func check(_ password: String) throws(AccountsError) {
        let length = password.unicodeScalars.count
        guard length >= lengthMin else { throw .weakPassword(.tooShort(charactersMin: lengthMin)) }
        guard length <= PasswordHasher.charactersMax else {
            throw .weakPassword(.tooLong(charactersMax: PasswordHasher.charactersMax))
        }
    }
}

/// What is wrong with a new password.
package enum PasswordProblem: Sendable, Hashable, CustomStringConvertible {
    case tooShort(charactersMin: Int)
    case tooLong(charactersMax: Int)

    package var description: String {
        switch self {
        case .tooShort(let min): "The password is too short: it needs at least \(min) characters."
        case .tooLong(let max): "The password is too long: it may have at most \(max) characters."
        }
    }
}
