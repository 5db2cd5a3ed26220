package import Identity

/// A moment as people and mails write it, in UTC.
package struct CivilTime: Sendable {
    let year, month, day, hour, minute, second, weekday: Int

    package init(_ moment: Timestamp) {
        // Within four digits of the year, which is all that RFC 5322 and people read.
        let seconds = Int(min(max(moment.microseconds, 0), 253_402_300_799_000_000) / 1_000_000)
        let days = seconds / 86_400
        (hour, minute, second) = (seconds % 86_400 / 3_600, seconds % 3_600 / 60, seconds % 60)
        // The first of January 1970 was a Thursday.
        weekday = (days + 4) % 7
        // Years begin with March here, so that the leap day is the last of one; an era has 400 of them.
        let shifted = days + 719_468
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * fromMarch + 2) / 5 + 1
        month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        year = yearOfEra + shifted / 146_097 * 400 + (month <= 2 ? 1 : 0)
    }

    /// `Sat, 21 Nov 2026 09:15:00 +0000` (RFC 5322, section 3.3).
    package var mailDate: String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        return "\(days[weekday]), \(day) \(months[month - 1]) \(year) \(two(hour)):\(two(minute)):\(two(second)) +0000"
    }

    /// `2026-11-21 09:15 UTC`: one way to read it in every language.
    package var readable: String { "\(year)-\(two(month))-\(two(day)) \(two(hour)):\(two(minute)) UTC" }

    /// `20261121T091500Z`: sorts by time, and can stand in a file's name.
    package var compact: String {
        "\(year)\(two(month))\(two(day))T\(two(hour))\(two(minute))\(two(second))Z"
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
