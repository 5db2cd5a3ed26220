import Identity

/// Bytes of log lines in the making: JSON that stays one line whatever is put into it.
///
/// Keeps its memory from line to line, so that a warm worker allocates nothing.
struct LogText {
    var bytes: [UInt8] = []
    private var second = SecondText()

    mutating func append(_ literal: StaticString) {
        literal.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func append(byte: UInt8) { bytes.append(byte) }

    mutating func append(decimal value: UInt64) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }

    /// The lowest `digits` hexadecimal digits of `value`.
    mutating func append(hex value: UInt64, digits: Int = 16) {
        var shift = UInt64(digits * 4)
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: value >> shift & 15)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// The usual text form, `8-4-4-4-12` digits.
    mutating func append(_ id: UUID128) {
        append(hex: id.high >> 32, digits: 8)
        append(byte: UInt8(ascii: "-"))
        append(hex: id.high >> 16, digits: 4)
        append(byte: UInt8(ascii: "-"))
        append(hex: id.high, digits: 4)
        append(byte: UInt8(ascii: "-"))
        append(hex: id.low >> 48, digits: 4)
        append(byte: UInt8(ascii: "-"))
        append(hex: id.low, digits: 12)
    }

    /// As in `2026-11-21T05:18:39.123456Z` (RFC 3339, in UTC). Moments before 1970 are written as 1970.
    mutating func append(_ moment: Timestamp) {
        let microseconds = max(0, moment.microseconds)
        second.append(seconds: microseconds / 1_000_000, to: &bytes)
        var divisor: Int64 = 100_000
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: microseconds / divisor % 10))
            divisor /= 10
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    /// A JSON string (RFC 8259, section 7) of at most `bytesMax` bytes of `text`, and `…` if there were more.
    ///
    /// Escapes more than JSON must: whatever can end a line, move a terminal's cursor or turn the direction of
    /// writing, so that no client can make a log say what it does not.
    mutating func append(quoting text: Span<UInt8>, bytesMax: Int = .max) {
        bytes.append(UInt8(ascii: "\""))
        let end = text.count <= bytesMax ? text.count : UTF8Scan.boundary(in: text, atMost: bytesMax)
        var copied = 0
        var index = 0
        while index < end {
            let byte = text[index]
            if byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                index += 1
                continue
            }
            let (scalar, length) = UTF8Scan.scalar(in: text, at: index, end: end)
            if scalar.map(Self.isHarmless) != true {
                append(plain: text.extracting(copied..<index))
                append(escaping: scalar ?? 0xfffd)
                copied = index + length
            }
            index += length
        }
        append(plain: text.extracting(copied..<end))
        if end < text.count { append("…") }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func append(quoting text: String, bytesMax: Int = .max) {
        append(quoting: text.utf8.span, bytesMax: bytesMax)
    }

    private mutating func append(plain text: Span<UInt8>) {
        unsafe text.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func append(escaping scalar: UInt32) {
        switch scalar {
        case 0x22: append("\\\"")
        case 0x5c: append("\\\\")
        case 0x0a: append("\\n")
        case 0x0d: append("\\r")
        case 0x09: append("\\t")
        case 0x10000...:
            append("\\u")
            append(hex: UInt64((scalar - 0x10000) >> 10 | 0xd800), digits: 4)
            append("\\u")
            append(hex: UInt64((scalar - 0x10000) & 0x3ff | 0xdc00), digits: 4)
        default:
            append("\\u")
            append(hex: UInt64(scalar), digits: 4)
        }
    }

    /// Whether a character above ASCII may stand in a log as it is.
    private static func isHarmless(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0..<0xa0: false  // ASCII that was not plain, and the C1 controls
        case 0x61c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: false  // direction of writing
        case 0x2028, 0x2029: false  // line and paragraph separators
        case 0xfeff, 0xfff9...0xfffb, 0xe0000...0xe007f: false  // invisible marks
        default: true
        }
    }
}
