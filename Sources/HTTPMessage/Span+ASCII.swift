/// Comparing bytes as ASCII text: what HTTP's names are.
extension Span<UInt8> {
    /// Whether both hold the same bytes.
    package func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { right in unsafe WordwiseComparison.areEqual(left, right) }
        }
    }

    /// Whether these bytes are those of `text`.
    package func isEqual(to text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        guard text.hasPointerRepresentation else {
            return text.withUTF8Buffer { isEqual(to: unsafe Span(_unsafeElements: $0)) }
        }
        let wanted = unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: count)
        return unsafe withUnsafeBytes { unsafe WordwiseComparison.areEqual($0, wanted) }
    }

    /// Whether these bytes begin with `prefix`, or `prefix` with them: whether they can still become what it begins.
    package func agrees(withPrefix prefix: StaticString) -> Bool {
        if count >= prefix.utf8CodeUnitCount { return extracting(..<prefix.utf8CodeUnitCount).isEqual(to: prefix) }
        return prefix.withUTF8Buffer { wanted in
            for index in 0..<min(count, wanted.count) where unsafe self[index] != wanted[index] { return false }
            return true
        }
    }

    /// Whether these bytes are `text`, letters without regard to case. The text is of lower-case letters, digits and the
    /// signs that ASCII has before them.
    @inline(__always)
    package func isEqualIgnoringCase(to text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        guard text.hasPointerRepresentation else {
            return text.withUTF8Buffer { isEqualIgnoringCase(to: unsafe Span(_unsafeElements: $0)) }
        }
        let wanted = unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: count)
        return unsafe withUnsafeBytes { unsafe WordwiseComparison.areEqualIgnoringCase($0, lowercase: wanted) }
    }

    /// Whether both hold the same bytes, letters without regard to case.
    package func isEqualIgnoringCase(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { right in unsafe WordwiseComparison.areEqualIgnoringCase(left, right) }
        }
    }

    /// The bytes as text, for logs and messages; what is not UTF-8 is replaced.
    package var decoded: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for index in indices { bytes.append(self[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Compares eight bytes at a time.
private enum WordwiseComparison {
    /// Whether both, which are equally long, hold the same bytes.
    @inline(__always)
    static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        unsafe compare(left, right) {
            $0 == $1
        } bytes: {
            $0 == $1
        }
    }

    /// The same, letters without regard to case.
    @inline(__always)
    static func areEqualIgnoringCase(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        unsafe compare(left, right) {
            $0 == $1 || lowercased($0) == lowercased($1)
        } bytes: {
            $0.lowercasedASCII == $1.lowercasedASCII
        }
    }

    /// The same, where the right one is in lower case already: where it has a letter, and nowhere else, the left one may
    /// lack the bit that makes it one of lower case.
    @inline(__always)
    static func areEqualIgnoringCase(
        _ left: UnsafeRawBufferPointer, lowercase right: UnsafeRawBufferPointer
    ) -> Bool {
        unsafe compare(left, right) {
            ($0 ^ $1) & ~(($1 & 0x4040_4040_4040_4040) >> 1) == 0
        } bytes: {
            ($0 ^ $1) & ~(($1 & 0x40) >> 1) == 0
        }
    }

    @inline(__always)
    private static func compare(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, words: (UInt64, UInt64) -> Bool,
        bytes: (UInt8, UInt8) -> Bool
    ) -> Bool {
        let count = left.count
        guard count >= 8 else {
            if count >= 4 { return unsafe words(ends(of: left), ends(of: right)) }
            for index in 0..<count {
                guard unsafe bytes(left[index], right[index]) else { return false }
            }
            return true
        }
        // The last word may hold bytes that were compared before.
        var index = 0
        while true {
            guard
                unsafe words(
                    left.loadUnaligned(fromByteOffset: index, as: UInt64.self),
                    right.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            else { return false }
            if index == count - 8 { return true }
            index = min(index + 8, count - 8)
        }
    }

    /// The first four bytes and the last four, of four to eight.
    @inline(__always)
    private static func ends(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        let first = unsafe bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
        let last = unsafe bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)
        return UInt64(first) << 32 | UInt64(last)
    }

    /// Each byte that is an upper-case letter gets the bit that makes it the lower-case one. What is added to a byte's
    /// low seven bits sets its high bit from `A` on, and from `[` on; neither carries into the next byte.
    private static func lowercased(_ word: UInt64) -> UInt64 {
        let low = word & 0x7f7f_7f7f_7f7f_7f7f
        let fromA = low &+ 0x3f3f_3f3f_3f3f_3f3f
        let beyondZ = low &+ 0x2525_2525_2525_2525
        return word | (fromA & ~beyondZ & ~word & 0x8080_8080_8080_8080) >> 2
    }
}

extension UInt8 {
    /// The lower-case letter for an upper-case one (ASCII), everything else as it is.
    @inlinable public var lowercasedASCII: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}
