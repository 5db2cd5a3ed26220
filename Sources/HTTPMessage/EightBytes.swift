/// Eight bytes of a message, looked at all at once: what is asked of each is answered by a mark, its high bit.
///
/// What is added to the low seven bits of a byte sets its high bit from a certain value on, and carries into no other
/// byte. A byte beyond ASCII is marked by no range.
///
/// Public, since of a package's own functions none is inlined into another module.
public struct EightBytes {
    /// All eight as one number, the first byte lowest.
    public let word: UInt64

    @inlinable init(word: UInt64) { self.word = word }

    @inlinable init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The marks that all eight bytes have.
    @inlinable public static var allMarks: UInt64 { 0x8080_8080_8080_8080 }

    /// Marks the bytes from `low` to `high`, both ASCII.
    @inlinable public func within(_ low: UInt8, _ high: UInt8) -> UInt64 {
        let seven = word & 0x7f7f_7f7f_7f7f_7f7f
        let fromLow = seven &+ Self.each(0x80 &- low)
        let beyondHigh = seven &+ Self.each(0x7f &- high)
        return fromLow & ~beyondHigh & ~word & Self.allMarks
    }

    /// Marks the bytes that are `byte`, which is ASCII.
    @inlinable public func equal(to byte: UInt8) -> UInt64 { within(byte, byte) }

    /// Marks control bytes: what no field's value has but for the tab, which is one of them.
    @inlinable public var controls: UInt64 {
        let seven = word & 0x7f7f_7f7f_7f7f_7f7f
        let fromSpace = seven &+ Self.each(0x60)
        let isDelete = seven &+ Self.each(0x01)
        return (~fromSpace | isDelete) & ~word & Self.allMarks
    }

    /// Marks what no request target has (`ByteClass.isTarget`).
    @inlinable public var noTarget: UInt64 {
        within(0x21, 0x7e) ^ Self.allMarks | equal(to: UInt8(ascii: "#"))
    }

    /// Marks what no host's name has (`ByteClass.isHost`).
    @inlinable public var noHost: UInt64 {
        let letters = lettersLowered.within(UInt8(ascii: "a"), UInt8(ascii: "z"))
        let others = within(UInt8(ascii: "-"), UInt8(ascii: ".")) | within(UInt8(ascii: "0"), UInt8(ascii: "9"))
        return (letters | others | equal(to: UInt8(ascii: "_"))) ^ Self.allMarks
    }

    /// Marks letters, digits, hyphens and underscores, of which most names of fields are made.
    @inlinable public var plainInNames: UInt64 {
        let letters = lettersLowered.within(UInt8(ascii: "a"), UInt8(ascii: "z"))
        let digits = within(UInt8(ascii: "0"), UInt8(ascii: "9"))
        return letters | digits | equal(to: UInt8(ascii: "-")) | equal(to: UInt8(ascii: "_"))
    }

    /// The marks of those behind the first `count` bytes.
    @inlinable public static func marksBeyond(_ count: Int) -> UInt64 {
        count < 8 ? allMarks &<< UInt64(truncatingIfNeeded: 8 &* count) : 0
    }

    /// The same bytes, upper-case ASCII letters in lower case.
    @inlinable public var lowercased: EightBytes {
        EightBytes(word: word | within(UInt8(ascii: "A"), UInt8(ascii: "Z")) >> 2)
    }

    /// The same bytes, each ASCII letter in lower case. Signs change, too: ask of what is left for letters alone.
    @inlinable public var lettersLowered: EightBytes { EightBytes(word: word | Self.each(0x20)) }

    @inlinable static func each(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }
}

extension Span<UInt8> {
    /// Where the first byte stands in `start..<end` that `marks` marks; `end` if it marks none of them.
    @inlinable @inline(__always)
    public func firstMarked(from start: Int, to end: Int, _ marks: (EightBytes) -> UInt64) -> Int {
        precondition(start >= 0 && end <= count)
        return unsafe withUnsafeBytes { bytes in
            var position = start
            // The last eight may reach beyond the end; what is marked there does not count.
            while position < end, position &+ 8 <= bytes.count {
                let found = marks(unsafe EightBytes(bytes, at: position))
                if found != 0 { return min(end, position &+ found.trailingZeroBitCount / 8) }
                position &+= 8
            }
            guard position < end else { return end }
            // What is left, with zeros behind it.
            let found = marks(unsafe EightBytes(bytes, from: position))
            return min(end, position &+ found.trailingZeroBitCount / 8)
        }
    }

    /// The eight bytes from `position` on; zeros for those that are beyond the end.
    @inlinable @inline(__always)
    public func eightBytes(at position: Int) -> EightBytes {
        precondition(position >= 0 && position < count)
        return unsafe withUnsafeBytes { bytes in
            position &+ 8 <= bytes.count
                ? unsafe EightBytes(bytes, at: position) : unsafe EightBytes(bytes, from: position)
        }
    }
}

extension EightBytes {
    /// What is left of the bytes from `start` on, one to seven of them, and zeros behind them.
    @inlinable init(_ bytes: UnsafeRawBufferPointer, from start: Int) {
        let end = bytes.count
        let count = end &- start
        // Two loads that overlap have all of them.
        if count >= 4 {
            let first = unsafe UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
            let last = unsafe UInt64(
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: end &- 4, as: UInt32.self)))
            self.init(word: first | last &<< UInt64(truncatingIfNeeded: 8 &* (count &- 4)))
        } else if count >= 2 {
            let first = unsafe UInt64(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self)))
            let last = unsafe UInt64(bytes[end &- 1])
            self.init(word: first | last &<< UInt64(truncatingIfNeeded: 8 &* (count &- 1)))
        } else {
            self.init(word: unsafe UInt64(bytes[start]))
        }
    }
}
