import COpenSSL
import Glibc

// COpenSSL brings <time.h> along, and which of the two modules owns `tm` depends on the order of building.

/// A moment as people read it, in UTC.
enum UTCText {
    /// `2026-11-21 05:13:00 UTC` for seconds since 1970.
    static func of(_ seconds: Int64) -> String {
        var moment = time_t(seconds)
        var parts = unsafe tm()
        guard unsafe gmtime_r(&moment, &parts) != nil else { return "at \(seconds) s since 1970" }
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = unsafe "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
        return unsafe "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) UTC"
    }
}
