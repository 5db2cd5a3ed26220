package import HTTPMessage

/// Brings a path into the one form in which it is both decided on and forwarded (RFC 3986, section 6.2.2).
///
/// Percent-escapes of unreserved characters are decoded once, all others written in upper case; dot segments are
/// resolved. Whatever some server might read in another way is refused, not repaired: `\`, control bytes, a second
/// layer of escapes of a dot or slash, invalid UTF-8, a way out of the root (CVE-2019-9901, CVE-2021-29492).
package enum PathNormalizer {
    /// Writes the normal form of `raw` in place of what `output` holds, and tells what else it found.
    package static func normalize(
        _ raw: Span<UInt8>, into output: inout ByteBuffer
    ) throws(PathRefusal) -> PathTraits {
        output.clear()
        guard !raw.isEmpty, raw[0] == UInt8(ascii: "/") else { throw .notAbsolute }
        if let traits = plainTraits(raw) {
            output.append(raw)
            return traits
        }
        var traits: PathTraits = []
        var segmentStart = 0
        var sequence = UTF8Sequence()
        var position = 0
        while position < raw.count {
            let byte = raw[position]
            if byte == UInt8(ascii: "%") {
                let decoded = try escape(raw, at: position)
                position += 3
                try sequence.accept(decoded)
                if isUnreserved(decoded) {
                    if decoded.isUpperCaseASCII { traits.insert(.upperCase) }
                    output.append(decoded)
                } else {
                    if decoded == UInt8(ascii: "/") { traits.insert(.encodedSlash) }
                    if decoded == UInt8(ascii: ";") { traits.insert(.parameters) }
                    if decoded == UInt8(ascii: "%") { traits.insert(.encodedPercent) }
                    append(escaped: decoded, to: &output)
                }
                continue
            }
            position += 1
            try sequence.acceptUnescaped()
            switch byte {
            case UInt8(ascii: "/"):
                if output.count > 0 { try endSegment(from: &segmentStart, of: &output, traits: &traits, isLast: false) }
                output.append(byte)
                segmentStart = output.count
            case UInt8(ascii: ";"):
                traits.insert(.parameters)
                output.append(byte)
            case UInt8(ascii: "\\"):
                throw .backslash
            case 0...0x20, 0x7F...0xFF:
                throw .controlByte
            default:
                if byte.isUpperCaseASCII { traits.insert(.upperCase) }
                if isPathCharacter(byte) { output.append(byte) } else { append(escaped: byte, to: &output) }
            }
        }
        try sequence.acceptUnescaped()
        try endSegment(from: &segmentStart, of: &output, traits: &traits, isLast: true)
        if traits.contains(.encodedPercent) { try refuseSecondLayer(output.span) }
        return traits
    }

    /// What there is to note about a path that is its own normal form, as most are; nil for one that has to be looked at
    /// byte by byte.
    private static func plainTraits(_ raw: Span<UInt8>) -> PathTraits? {
        var traits: PathTraits = []
        // Whether the byte before was a slash or a dot. Beside one of them either may be more than it seems.
        var former: UInt64 = 0x80
        var position = 1
        while position < raw.count {
            let bytes = raw.eightBytes(at: position)
            let beyond = EightBytes.marksBeyond(raw.count - position)
            guard bytes.plainInPath | beyond == EightBytes.allMarks else { return nil }
            let joints = bytes.within(UInt8(ascii: "."), UInt8(ascii: "/"))
            guard joints & (joints << 8 | former) == 0 else { return nil }
            if bytes.within(UInt8(ascii: "A"), UInt8(ascii: "Z")) != 0 { traits.insert(.upperCase) }
            former = joints >> 56
            position += 8
        }
        return raw[raw.count - 1] == UInt8(ascii: ".") ? nil : traits
    }

    // MARK: Segments

    /// Resolves the segment that has just been written if it is a dot segment (RFC 3986, section 5.2.4), and notes what
    /// is odd about it.
    private static func endSegment(
        from start: inout Int, of output: inout ByteBuffer, traits: inout PathTraits, isLast: Bool
    ) throws(PathRefusal) {
        let length = output.count - start
        guard length > 0 else {
            if !isLast { traits.insert(.emptySegment) }
            return
        }
        guard output.span[output.count - 1] == UInt8(ascii: ".") else { return }
        let isDots = length == 1 || length == 2 && output.span[start] == UInt8(ascii: ".")
        guard isDots else {
            traits.insert(.trailingDot)
            return
        }
        if length == 2 {
            guard start > 1 else { throw .aboveRoot }
            // Back over the slash before, and the segment before that.
            var end = start - 1
            while end > 0, output.span[end - 1] != UInt8(ascii: "/") { end -= 1 }
            output.truncate(to: end)
        } else {
            output.truncate(to: start)
        }
        // The slash that follows is written again, and the one at the end stays.
        if !isLast { output.truncate(to: output.count - 1) }
        start = output.count
    }

    // MARK: Escapes

    private static func escape(_ raw: Span<UInt8>, at position: Int) throws(PathRefusal) -> UInt8 {
        guard position + 2 < raw.count, let high = hexadecimal(raw[position + 1]),
            let low = hexadecimal(raw[position + 2])
        else { throw .malformedEscape }
        let decoded = high << 4 | low
        if decoded == UInt8(ascii: "\\") { throw .backslash }
        if decoded < 0x20 || decoded == 0x7F { throw .controlByte }
        return decoded
    }

    /// Refuses `%252e` and its like: what one more decoding would turn into a dot, a slash, a backslash or NUL.
    private static func refuseSecondLayer(_ path: Span<UInt8>) throws(PathRefusal) {
        for start in path.indices where path[start] == UInt8(ascii: "%") {
            var position = start + 1
            guard path.count >= position + 2, isTwentyFive(path, position) else { continue }
            position += 2
            while path.count >= position + 2, isTwentyFive(path, position) { position += 2 }
            guard path.count >= position + 2, let high = hexadecimal(path[position]),
                let low = hexadecimal(path[position + 1])
            else { continue }
            switch high << 4 | low {
            case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "\\"), 0: throw .doubleEncoding
            default: continue
            }
        }
    }

    private static func isTwentyFive(_ path: Span<UInt8>, _ position: Int) -> Bool {
        path[position] == UInt8(ascii: "2") && path[position + 1] == UInt8(ascii: "5")
    }

    private static func append(escaped byte: UInt8, to output: inout ByteBuffer) {
        output.append(UInt8(ascii: "%"))
        output.append(upperHexadecimal(byte >> 4))
        output.append(upperHexadecimal(byte & 15))
    }

    private static func upperHexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
    }

    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// RFC 3986, section 2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// What may stand in a path unescaped (RFC 3986, section 3.3: pchar).
    private static func isPathCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "^"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "?"),
            UInt8(ascii: "["), UInt8(ascii: "]"):
            false
        default: true
        }
    }
}

extension EightBytes {
    /// Marks unreserved characters and slashes, of which most paths are made.
    fileprivate var plainInPath: UInt64 {
        // Between `-` and `9` stand a dot, a slash and the digits.
        lettersLowered.within(UInt8(ascii: "a"), UInt8(ascii: "z")) | within(UInt8(ascii: "-"), UInt8(ascii: "9"))
            | equal(to: UInt8(ascii: "_")) | equal(to: UInt8(ascii: "~"))
    }
}

/// What a normal form still has that some servers read differently.
package struct PathTraits: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `//`: some servers merge the two.
    package static let emptySegment = PathTraits(rawValue: 1)
    /// `;` or `%3B`: some servers drop what follows it in a segment.
    package static let parameters = PathTraits(rawValue: 2)
    /// `%2F`: some servers take it for a slash.
    package static let encodedSlash = PathTraits(rawValue: 4)
    /// A segment that ends in a dot: some servers drop it.
    package static let trailingDot = PathTraits(rawValue: 8)
    static let encodedPercent = PathTraits(rawValue: 16)
    /// An upper-case letter: some servers know no case.
    package static let upperCase = PathTraits(rawValue: 32)

    /// Those that call for a look at the other readings.
    static let ambiguous: PathTraits = [.emptySegment, .parameters, .encodedSlash, .trailingDot]
}

/// Why a path is refused. The raw value is a stable name for programs.
package enum PathRefusal: String, Error, Sendable, Hashable, CaseIterable {
    case notAbsolute = "path_not_absolute"
    case malformedEscape = "malformed_escape"
    case controlByte = "control_byte_in_path"
    case backslash = "backslash_in_path"
    case doubleEncoding = "double_encoding"
    case invalidUTF8 = "invalid_utf8_in_path"
    case aboveRoot = "path_above_root"
    case encodedSlash = "encoded_slash"
    case ambiguous = "ambiguous_path"

    /// A sentence for people.
    package var detail: String {
        switch self {
        case .notAbsolute: "The path does not begin with a slash."
        case .malformedEscape: "The path has a % that is not followed by two hexadecimal digits."
        case .controlByte: "The path has a control byte, a space or a byte outside of ASCII that is not escaped."
        case .backslash: "The path has a backslash, which some servers take for a slash."
        case .doubleEncoding: "The path has a dot or slash that is percent-encoded twice."
        case .invalidUTF8: "The path's escapes are not valid UTF-8."
        case .aboveRoot: "The path leads above its root."
        case .encodedSlash: "The path has an encoded slash, and the route does not say encoded_slashes: allow."
        case .ambiguous: "Another server may read this path as one that belongs to another route."
        }
    }
}

extension UInt8 {
    fileprivate var isUpperCaseASCII: Bool { self &- 0x41 < 26 }
}

/// Follows escaped bytes and refuses what is not UTF-8: overlong forms, surrogates, cut sequences (RFC 3629).
private struct UTF8Sequence {
    private var missing = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    mutating func accept(_ byte: UInt8) throws(PathRefusal) {
        if missing > 0 {
            guard byte >= lowest, byte <= highest else { throw .invalidUTF8 }
            missing -= 1
            lowest = 0x80
            highest = 0xBF
            return
        }
        switch byte {
        case 0...0x7F: break
        case 0xC2...0xDF: missing = 1
        case 0xE0...0xEF:
            missing = 2
            if byte == 0xE0 { lowest = 0xA0 }
            if byte == 0xED { highest = 0x9F }
        case 0xF0...0xF4:
            missing = 3
            if byte == 0xF0 { lowest = 0x90 }
            if byte == 0xF4 { highest = 0x8F }
        default: throw .invalidUTF8
        }
    }

    /// A byte that is not escaped is ASCII, and ends no sequence properly.
    func acceptUnescaped() throws(PathRefusal) {
        guard missing == 0 else { throw .invalidUTF8 }
    }
}
