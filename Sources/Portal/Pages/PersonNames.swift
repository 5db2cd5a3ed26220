import Identity

extension Principal {
    /// What the person signs in with, as far as pages name it: username, else email, else id.
    var shownLogin: String { username ?? email ?? userID.description }

    /// What a page calls the person: name, else what they sign in with.
    var shownName: String {
        guard let name, name.contains(where: { !$0.isWhitespace }) else { return shownLogin }
        return name
    }
}

extension Language {
    /// The role as people call it.
    func name(of role: Role) -> String {
        switch role {
        case .operator: say(.roleOperator)
        case .supervisor: say(.roleSupervisor)
        case .engineer: say(.roleEngineer)
        case .admin: say(.roleAdmin)
        }
    }
}

extension Timestamp {
    /// The day in UTC, as ISO 8601 writes it.
    var day: String {
        // Days from the civil calendar (Howard Hinnant, "chrono-compatible low-level date algorithms").
        let days = Int((Double(microseconds) / 86_400_000_000).rounded(.down)) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// The day and the minute in UTC, for people.
    var minute: String { "\(day) \(clock(seconds: false)) UTC" }

    /// The second in UTC (RFC 3339).
    var iso: String { "\(day)T\(clock(seconds: true))Z" }

    private func clock(seconds withSeconds: Bool) -> String {
        let whole = Int((Double(microseconds) / 1_000_000).rounded(.down))
        let second = ((whole % 86_400) + 86_400) % 86_400
        let parts = [second / 3_600, second / 60 % 60] + (withSeconds ? [second % 60] : [])
        return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
