/// Reads UTF-8 that nobody has checked, one character at a time.
enum UTF8Scan {
    /// The scalar that starts at `index`, and how many bytes it takes.
    ///
    /// What is no UTF-8 is a nil scalar over the longest prefix that could have begun one, at least a byte: the
    /// "maximal subpart" of the Unicode Standard, section 3.9, so every reader replaces the same number of characters.
    static func scalar(in text: Span<UInt8>, at index: Int, end: Int) -> (value: UInt32?, length: Int) {
        let first = text[index]
        var allowed: ClosedRange<UInt8> = 0x80...0xbf
        let following: Int
        var value: UInt32
        switch first {
        case 0x00...0x7f: return (UInt32(first), 1)
        case 0xc2...0xdf: (following, value) = (1, UInt32(first & 0x1f))
        case 0xe0...0xef: (following, value) = (2, UInt32(first & 0x0f))
        case 0xf0...0xf4: (following, value) = (3, UInt32(first & 0x07))
        default: return (nil, 1)
        }
        // No overlong forms, no surrogates, nothing above U+10FFFF.
        switch first {
        case 0xe0: allowed = 0xa0...0xbf
        case 0xed: allowed = 0x80...0x9f
        case 0xf0: allowed = 0x90...0xbf
        case 0xf4: allowed = 0x80...0x8f
        default: break
        }
        for offset in 1...following {
            guard index + offset < end, allowed.contains(text[index + offset]) else { return (nil, offset) }
            value = value << 6 | UInt32(text[index + offset] & 0x3f)
            allowed = 0x80...0xbf
        }
        return (value, following + 1)
    }

    /// The last place at or before `limit` where a character can begin: where a text may be cut.
    static func boundary(in text: Span<UInt8>, atMost limit: Int) -> Int {
        var index = limit
        while index > 0, limit - index < 3, text[index] & 0xc0 == 0x80 { index -= 1 }
        return index
    }
}
