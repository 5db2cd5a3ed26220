/// What a byte may be in an HTTP message (RFC 9110, section 5.6; RFC 3986, section 2).
///
/// Each class of ASCII characters is 128 bits, one for each: a test is a shift, and no table has to be set up first.
///
/// Public, since of a package's own functions none is inlined into another module, and parsers ask for every byte.
public enum ByteClass {
    /// A character of a token, of which the names of methods and fields are made.
    @inlinable public static func isToken(_ byte: UInt8) -> Bool {
        isSet(byte, 0x03ff_6cfa_0000_0000, 0x57ff_ffff_c7ff_fffe)
    }

    /// Visible ASCII without `#`, which would begin a fragment: what a request target is made of.
    @inlinable public static func isTarget(_ byte: UInt8) -> Bool {
        isSet(byte, 0xffff_fff6_0000_0000, 0x7fff_ffff_ffff_ffff)
    }

    /// A character of a host's name. Stricter than RFC 3986, section 3.2.2: of its sub-delims and escapes, which name no
    /// host that exists, none is taken.
    @inlinable public static func isHost(_ byte: UInt8) -> Bool {
        isSet(byte, 0x03ff_6000_0000_0000, 0x07ff_fffe_87ff_fffe)
    }

    /// What may stand in a field's value: visible ASCII, space, tab and obs-text (RFC 9110, section 5.5).
    @inlinable public static func isFieldValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F || byte == 0x09
    }

    @inlinable public static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inlinable static func isSet(_ byte: UInt8, _ low: UInt64, _ high: UInt64) -> Bool {
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) & 1 << UInt64(byte & 63) != 0
    }
}
