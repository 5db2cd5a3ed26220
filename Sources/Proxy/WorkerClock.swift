import EventLoop
import Identity

/// The time of day as one worker tells it: read from the clock at most a hundred times a second, and rendered for the
/// `Date` field once a second.
final class WorkerClock {
    private let source: any WallClock
    private let loop: EventLoop
    @safe @exclusivity(unchecked) private var readAt: MonotonicInstant
    @safe @exclusivity(unchecked) private var offset: Timestamp
    @safe @exclusivity(unchecked) private var renderedSecond = Int64.min
    @safe @exclusivity(unchecked) private var rendered: [UInt8] = []

    init(source: any WallClock, loop: EventLoop) {
        self.source = source
        self.loop = loop
        readAt = loop.now
        offset = source.now()
    }

    /// The time of day at the loop's last wake-up, within ten milliseconds. Not inlined: see `UpstreamRequestWriter`.
    var now: Timestamp {
        @inline(never) get {
            let now = loop.now
            let elapsed = now.nanoseconds &- readAt.nanoseconds
            if elapsed < 10_000_000 { return offset }
            readAt = now
            offset = source.now()
            return offset
        }
    }

    /// The line `Date: …` with its CRLF (RFC 9110, section 6.6.1).
    var dateLine: [UInt8] {
        let second = now.microseconds / 1_000_000
        if second != renderedSecond {
            renderedSecond = second
            rendered = Array("Date: \(HTTPDate.text(seconds: second))\r\n".utf8)
        }
        return rendered
    }
}

/// IMF-fixdate, the one form of a date that HTTP senders write (RFC 9110, section 5.6.7).
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `seconds` since 1970 as in `Sun, 06 Nov 1994 08:49:37 GMT`. Moments before 1970 are rendered as 1970.
    static func text(seconds: Int64) -> String {
        let seconds = Int(max(0, seconds))
        let day = seconds / 86_400
        let (year, month, dayOfMonth) = civil(day)
        let time = seconds % 86_400
        return
            "\(days[day % 7]), \(two(dayOfMonth)) \(months[month - 1]) \(year) "
            + "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60)) GMT"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// Year, month and day of a count of days since 1970, in the Gregorian calendar; years begin in March here, so
    /// that the leap day is the last of its year.
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
