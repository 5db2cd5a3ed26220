import PasswordHashing

/// What a new password must be (NIST SP 800-63B-4, section 3.1.1.2): long enough, not too long, none of those that
/// are tried first, and nothing more: no rules of composition.
package struct PasswordRules: Sendable {
    /// Below this no setting can go.
    static let lengthFloor = 8

    let lengthMin: Int
    private let context: [String]
    private let breached: BreachedPasswordFile?

    /// - Parameter context: what an attacker knows of the person and the site, such as names and addresses.
    package init(_ settings: AccountsSettings, context: [String?] = []) {
        lengthMin = min(max(settings.passwordLengthMin, Self.lengthFloor), PasswordHasher.charactersMax)
        breached = settings.breachedPasswords.map(BreachedPasswordFile.init)
        self.context = context.compactMap { $0 } + [settings.people.siteName]
    }

    /// Refuses a password that is too short, too long or too easily guessed. Each Unicode code point counts as one
    /// character.
    ///
    /// - Returns: the password in the form that is hashed.
    @discardableResult
    package func check(_ text: String) throws(AccountsError) -> Password {
        let max = PasswordHasher.charactersMax
        // Before any work on it: normalisation can make a text longer, but hardly shorter.
        guard text.utf8.count <= max * 4, text.unicodeScalars.count <= max else {
            throw .weakPassword(.tooLong(charactersMax: max))
        }
        let password = Password(text)
        let length = password.text.unicodeScalars.count
        guard length >= lengthMin else { throw .weakPassword(.tooShort(charactersMin: lengthMin)) }
        guard length <= max else { throw .weakPassword(.tooLong(charactersMax: max)) }
        // What a code point becomes that a later version of Unicode assigns, this one cannot know.
        guard password.text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .unassigned }) else {
            throw .weakPassword(.unassigned)
        }
        if let problem = PasswordBlocklist(context: context).problem(of: password.text) {
            throw .weakPassword(problem)
        }
        if try breached?.contains(password.text) == true { throw .weakPassword(.common) }
        return password
    }
}

/// What is wrong with a new password.
package enum PasswordProblem: Sendable, Hashable, CustomStringConvertible {
    case tooShort(charactersMin: Int)
    case tooLong(charactersMax: Int)
    /// A character that Unicode does not know yet, and whose form may still change.
    case unassigned
    /// One of those that are tried first, or made from one in a way that is tried next.
    case common
    /// Little more than the person's name or address, or the site's.
    case personal
    /// The one that must be changed.
    case unchanged

    /// A stable name for programs.
    package var code: String {
        switch self {
        case .tooShort: "too_short"
        case .tooLong: "too_long"
        case .unassigned: "unassigned_character"
        case .common: "common"
        case .personal: "personal"
        case .unchanged: "unchanged"
        }
    }

    package var description: String {
        switch self {
        case .tooShort(let min): "The password is too short: it needs at least \(min) characters."
        case .tooLong(let max): "The password is too long: it may have at most \(max) characters."
        case .unassigned: "The password has a character that is not known yet. Please use others."
        case .common: "The password is among the first that an attacker would try. A few words in a row are better."
        case .personal:
            "The password is little more than your name, your address or ours. A few other words are better."
        case .unchanged: "The password must be another one than before."
        }
    }
}
