/// Hexadecimal digits, eight at a time: the work on each is done in its own byte of one word.
enum HexDigits {
    /// The digits of the lower 32 bits of `value` in ASCII and lower case, the first one in the highest byte.
    static func of(_ value: UInt64) -> UInt64 {
        // Spreads the eight nibbles over the eight bytes.
        var digits = (value & 0xffff_0000) << 16 | value & 0xffff
        digits = digits << 8 & 0x00ff_0000_00ff_0000 | digits & 0x0000_00ff_0000_00ff
        digits = digits << 4 & 0x0f00_0f00_0f00_0f00 | digits & 0x000f_000f_000f_000f
        // One in each byte whose digit is a letter, 39 characters after the decimal digits.
        let letters = (digits + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return digits + 0x3030_3030_3030_3030 + letters * 39
    }

    /// Puts four or eight digits down, the first one first. The caller's buffers have room for them.
    static func write(
        _ digits: some FixedWidthInteger & BitwiseCopyable, to text: inout MutableSpan<UInt8>, at start: Int
    ) {
        unsafe text.withUnsafeMutableBytes { bytes in
            unsafe bytes.storeBytes(of: digits.bigEndian, toByteOffset: start, as: type(of: digits))
        }
    }
}
