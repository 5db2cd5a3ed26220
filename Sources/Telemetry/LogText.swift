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
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var start = 20
        var rest = value
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        append(plain: digits.span.extracting(start..<20))
    }

    /// All 16 hexadecimal digits of `value`.
    mutating func append(hex value: UInt64) {
        var text = InlineArray<16, UInt8>(repeating: 0)
        var bytes = text.mutableSpan
        HexDigits.write(HexDigits.of(value >> 32), to: &bytes, at: 0)
        HexDigits.write(HexDigits.of(value), to: &bytes, at: 8)
        append(plain: text.span)
    }

    /// The usual text form, `8-4-4-4-12` digits.
    mutating func append(_ id: UUID128) {
        var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
        var bytes = text.mutableSpan
        let (second, third) = (HexDigits.of(id.high), HexDigits.of(id.low >> 32))
        HexDigits.write(HexDigits.of(id.high >> 32), to: &bytes, at: 0)
        HexDigits.write(UInt32(truncatingIfNeeded: second >> 32), to: &bytes, at: 9)
        HexDigits.write(UInt32(truncatingIfNeeded: second), to: &bytes, at: 14)
        HexDigits.write(UInt32(truncatingIfNeeded: third >> 32), to: &bytes, at: 19)
        HexDigits.write(UInt32(truncatingIfNeeded: third), to: &bytes, at: 24)
        HexDigits.write(HexDigits.of(id.low), to: &bytes, at: 28)
        append(plain: text.span)
    }

    /// As in `2026-11-21T05:18:39.123456Z` (RFC 3339, in UTC). Moments before 1970 are written as 1970.
    mutating func append(_ moment: Timestamp) {
        let microseconds = max(0, moment.microseconds)
        second.append(seconds: microseconds / 1_000_000, to: &bytes)
        var fraction = InlineArray<7, UInt8>(repeating: UInt8(ascii: "Z"))
        var rest = microseconds % 1_000_000
        for place in (0..<6).reversed() {
            fraction[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        append(plain: fraction.span)
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
            append(codeUnit: (scalar - 0x10000) >> 10 | 0xd800)
            append("\\u")
            append(codeUnit: (scalar - 0x10000) & 0x3ff | 0xdc00)
        default:
            append("\\u")
            append(codeUnit: scalar)
        }
    }

    /// The four digits after `\u`.
    private mutating func append(codeUnit unit: UInt32) {
        var text = InlineArray<4, UInt8>(repeating: 0)
        var bytes = text.mutableSpan
        HexDigits.write(UInt32(truncatingIfNeeded: HexDigits.of(UInt64(unit))), to: &bytes, at: 0)
        append(plain: text.span)
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
