/// One field of a form as the template shows it.
struct FormField: Sendable {
    /// What is typed into it, which decides the keyboard of a phone and what password managers fill in.
    enum Kind: Sendable {
        case text(autocomplete: String)
        case username
        case email(autocomplete: String)
        case phone
        case currentPassword
        case newPassword(lengthMin: Int)
        case choice([Choice])
    }

    /// One answer of several.
    struct Choice: Sendable {
        let value: String
        let label: String
        var isChosen = false
    }

    let name: String
    let label: String
    let type: String
    let autocomplete: String
    let isPlain: Bool
    let isRequired: Bool
    let choices: [Choice]
    let lengthMin: Int?
    let lengthMax: Int
    /// What the field takes, in a sentence; nil where the label says it.
    let hint: String?
    var value: String?
    /// What is wrong with what was given.
    var error: String?
    /// Whether the keyboard begins here.
    var hasFocus = false

    var describedBy: String? {
        let parts = [hint.map { _ in "\(name)-hint" }, error.map { _ in "\(name)-error" }].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    init(
        _ name: String, _ kind: Kind, _ label: String, value: String? = nil, hint: String? = nil,
        isRequired: Bool = true
    ) {
        self.name = name
        self.label = label
        self.hint = hint
        self.isRequired = isRequired
        var choices: [Choice] = []
        var lengthMin: Int?
        var lengthMax = 255
        var isPlain = false
        var keepsValue = true
        switch kind {
        case .text(let autocomplete):
            (type, self.autocomplete) = ("text", autocomplete)
            lengthMax = 100
        case .username:
            (type, autocomplete, isPlain) = ("text", "username", true)
        case .email(let autocomplete): (type, self.autocomplete, isPlain) = ("email", autocomplete, true)
        case .phone:
            (type, autocomplete) = ("tel", "tel")
            lengthMax = 50
        case .currentPassword:
            (type, autocomplete, isPlain, keepsValue) = ("password", "current-password", true, false)
            lengthMax = 1_024
        case .newPassword(let length):
            (type, autocomplete, isPlain, keepsValue) = ("password", "new-password", true, false)
            lengthMin = length
            lengthMax = 1_024
        case .choice(let all):
            (type, autocomplete) = ("select", "off")
            choices = all
        }
        self.choices = choices.map { choice in
            var choice = choice
            if let value { choice.isChosen = choice.value == value }
            return choice
        }
        self.lengthMin = lengthMin
        self.lengthMax = lengthMax
        self.isPlain = isPlain
        // A password is never sent back.
        self.value = keepsValue ? value : nil
    }
}

extension FormField {
    /// What the template asks for.
    struct Shown: Sendable {
        let name: String
        let label: String
        let type: String
        let autocomplete: String
        let isPlain: Bool
        let isRequired: Bool
        let isOptional: Bool
        let isChoice: Bool
        let choices: [Choice]
        let lengthMin: String?
        let lengthMax: String
        /// For password managers that make one up.
        let passwordRules: String?
        let hint: String?
        let value: String?
        let error: String?
        let describedBy: String?
        let hasFocus: Bool
    }

    var shown: Shown {
        Shown(
            name: name, label: label, type: type, autocomplete: autocomplete, isPlain: isPlain,
            isRequired: isRequired && type != "select", isOptional: !isRequired, isChoice: type == "select",
            choices: choices, lengthMin: lengthMin.map(String.init), lengthMax: String(lengthMax),
            passwordRules: lengthMin.map { "minlength: \($0); maxlength: 256;" }, hint: hint, value: value,
            error: error, describedBy: describedBy, hasFocus: hasFocus)
    }
}
