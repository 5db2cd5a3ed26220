/// Renders `2026-11-21T05:18:39.` and remembers it for the rest of the second.
struct SecondText {
    private var seconds: Int64 = -1
    private var text: [UInt8] = []

    /// - Parameter seconds: since 1970-01-01 00:00 UTC; not negative.
    mutating func append(seconds: Int64, to bytes: inout [UInt8]) {
        if seconds != self.seconds {
            self.seconds = seconds
            render()
        }
        bytes.append(contentsOf: text)
    }

    private mutating func render() {
        let (year, month, day) = Self.civil(day: seconds / 86_400)
        let time = seconds % 86_400
        text.removeAll(keepingCapacity: true)
        append(year, digits: 4, then: "-")
        append(month, digits: 2, then: "-")
        append(day, digits: 2, then: "T")
        append(time / 3_600, digits: 2, then: ":")
        append(time / 60 % 60, digits: 2, then: ":")
        append(time % 60, digits: 2, then: ".")
    }

    private mutating func append(_ number: Int64, digits: Int, then separator: Unicode.Scalar) {
        var divisor: Int64 = digits == 4 ? 1_000 : 10
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
        text.append(UInt8(ascii: separator))
    }

    /// The Gregorian date of a count of days since 1970. Years begin in March here, so that the leap day is the last.
    private static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + shifted / 146_097 * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
