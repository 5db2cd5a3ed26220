import Accounts

/// What was wrong with a form that was sent: in one sentence on top, and beside each field that it is about.
struct FormTrouble: Sendable {
    /// A field and what is wrong with it.
    struct Field: Sendable {
        let name: String
        let text: String
    }

    let status: Int
    let message: String
    var fields: [Field] = []
    /// In seconds.
    var retryAfter: Int?

    init(status: Int, message: String, fields: [Field] = []) {
        self.status = status
        self.message = message
        self.fields = fields
    }

    /// One field is not as it has to be.
    init(_ language: Language, field: String, _ text: String, status: Int = 422) {
        self.init(status: status, message: language.say(.formProblem), fields: [Field(name: field, text: text)])
    }

    /// What a use case would not take. Nil for what no change of the form mends.
    ///
    /// - Parameters:
    ///   - newPassword: the field of a password that is too weak.
    ///   - password: the field of a password that is wrong.
    init?(
        _ error: AccountsError, _ language: Language, newPassword: String = "password", password: String = "current"
    ) {
        switch error {
        case .weakPassword(let problem):
            self.init(language, field: newPassword, language.say(problem))
        case .invalid(let field, _):
            guard let (name, phrase) = Self.rules[field] else { return nil }
            self.init(language, field: name, language.say(phrase))
        case .conflict(let field):
            guard field == "username" else { return nil }
            self.init(language, field: field, language.say(.usernameTaken), status: 409)
        case .invalidCredentials:
            self.init(language, field: password, language.say(.passwordWrong), status: 401)
        case .throttled(let retryAfter):
            let seconds = max(1, retryAfter.components.seconds)
            self.init(
                status: 429,
                message: language.say(.throttled, ["minutes": String(seconds / 60 + (seconds % 60 == 0 ? 0 : 1))]))
            self.retryAfter = Int(seconds)
        case .busy(let retryAfter):
            self.init(status: 503, message: language.say(.formBusy))
            self.retryAfter = Int(max(1, retryAfter.components.seconds))
        default: return nil
        }
    }

    /// The fields that use cases name, as forms name them, and what they take.
    private static let rules: [String: (String, Phrase)] = [
        "username": ("username", .usernameRule), "email address": ("email", .emailRule), "name": ("name", .nameRule),
        "first name": ("first_name", .nameRule), "last name": ("last_name", .nameRule),
        "phone": ("phone", .phoneRule), "phone number": ("phone", .phoneRule), "password": ("password", .fieldNeeded),
        "lifetime": ("lifetime", .fieldNeeded),
    ]
}

/// What was wrong, as the top of a page tells it: each mistake with the name of its field, leading there.
struct TroubleSummary: Sendable {
    let message: String
    let fields: [FormTrouble.Field]

    init(_ trouble: FormTrouble, of fields: [FormField]) {
        message = trouble.message
        self.fields = trouble.fields.compactMap { wrong in
            fields.first { $0.name == wrong.name }
                .map { FormTrouble.Field(name: wrong.name, text: "\($0.label): \(wrong.text)") }
        }
    }
}

extension Language {
    /// What is wrong with a new password, and what would be better.
    func say(_ problem: PasswordProblem) -> String {
        switch problem {
        case .tooShort(let min): say(.passwordTooShort, ["count": String(min)])
        case .tooLong(let max): say(.passwordTooLong, ["count": String(max)])
        case .unassigned: say(.passwordUnassigned)
        case .common: say(.passwordCommon)
        case .personal: say(.passwordPersonal)
        case .unchanged: say(.passwordUnchanged)
        }
    }
}
