import Identity

/// The members of a body, read by name: each is of the right type, or the call ends with a problem that names it.
struct APIBody: Sendable {
    private let members: [String: JSONValue]

    init(json bytes: [UInt8], allowed: Set<String>) throws(APIProblem) {
        let value: JSONValue
        do { value = try JSONReader.read(bytes) } catch {
            throw APIProblem(
                400, "malformed_body",
                "The body is not JSON as it is taken here: \(error.reason), at byte \(error.offset).")
        }
        guard case .object(let members) = value else { throw .invalid("", "The body has to be an object.") }
        for member in members where !allowed.contains(member.name) {
            throw .invalid(member.name, "There is no such member here.")
        }
        self.members = Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
    }

    init(_ form: FormFields, allowed: Set<String>) throws(APIProblem) {
        if let unknown = form.names.subtracting(allowed).sorted().first {
            throw .invalid(unknown, "There is no such member here.")
        }
        members = Dictionary(
            uniqueKeysWithValues: form.names.compactMap { name in form[name].map { (name, .string($0)) } })
    }

    func contains(_ name: String) -> Bool { members[name] != nil }

    /// A text that has to be there, and not be empty.
    func text(_ name: String) throws(APIProblem) -> String {
        guard let text = try optionalText(name), !text.isEmpty else { throw .invalid(name, "A text is needed.") }
        return text
    }

    /// A text; nil when it is missing or null.
    func optionalText(_ name: String) throws(APIProblem) -> String? {
        switch members[name] {
        case .none, .null: return nil
        case .string(let text): return text
        default: throw .invalid(name, "A text is needed.")
        }
    }

    func optionalNumber(_ name: String, _ range: ClosedRange<Int64>) throws(APIProblem) -> Int64? {
        switch members[name] {
        case .none, .null: return nil
        case .number(let number) where range.contains(number): return number
        default: throw .invalid(name, "A number from \(range.lowerBound) to \(range.upperBound) is needed.")
        }
    }

    /// A list of texts; nil when it is missing.
    func optionalTexts(_ name: String) throws(APIProblem) -> [String]? {
        guard let value = members[name] else { return nil }
        guard case .array(let values) = value, values.count <= 100 else {
            throw .invalid(name, "A list of at most 100 texts is needed.")
        }
        var texts: [String] = []
        for value in values {
            guard case .string(let text) = value else { throw .invalid(name, "A list of texts is needed.") }
            texts.append(text)
        }
        return texts
    }

    func optionalRole(_ name: String) throws(APIProblem) -> Role? {
        guard let text = try optionalText(name) else { return nil }
        guard let role = Role(text) else { throw .invalid(name, "operator, supervisor, engineer or admin is needed.") }
        return role
    }

    /// A moment as RFC 3339 writes it in UTC: `2026-11-21T08:00:00Z`.
    func optionalTime(_ name: String) throws(APIProblem) -> Timestamp? {
        guard let text = try optionalText(name) else { return nil }
        guard let moment = Timestamp(iso: text) else {
            throw .invalid(name, "A moment such as 2026-11-21T08:00:00Z is needed.")
        }
        return moment
    }
}

extension Timestamp {
    /// Reads `2026-11-21T08:00:00Z`: years from 1970 to 9999, seconds to 59, in UTC; nil for anything else.
    init?(iso text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            bytes[range].reduce(0 as Int?) { sum, byte in
                guard let sum, (0x30...0x39).contains(byte) else { return nil }
                return sum * 10 + Int(byte - 0x30)
            }
        }
        let marks = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "Z")]
        guard marks.allSatisfy({ bytes[$0.0] == $0.1.utf8.first }), let year = number(0..<4),
            let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1970...9999).contains(year),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        // The inverse of `day`.
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        self.init(seconds: Int64(days * 86_400 + hour * 3_600 + minute * 60 + second))
        // A 31st of April comes out as another day.
        guard iso == text else { return nil }
    }
}
