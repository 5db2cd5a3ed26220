/// Comparing bytes as ASCII text: what HTTP's names are.
extension Span<UInt8> {
    /// Whether both hold the same bytes.
    package func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }

    /// Whether these bytes are those of `text`.
    package func isEqual(to text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { wanted in
            for index in indices where unsafe self[index] != wanted[index] { return false }
            return true
        }
    }

    /// Whether these bytes begin with `prefix`, or `prefix` with them: whether they can still become what it begins.
    package func agrees(withPrefix prefix: StaticString) -> Bool {
        prefix.withUTF8Buffer { wanted in
            for index in 0..<min(count, wanted.count) where unsafe self[index] != wanted[index] { return false }
            return true
        }
    }

    /// Whether these bytes are `text`, which is ASCII in lower case, letters without regard to case.
    package func isEqualIgnoringCase(to text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { wanted in
            for index in indices where unsafe self[index].lowercasedASCII != wanted[index] { return false }
            return true
        }
    }

    /// Whether both hold the same bytes, letters without regard to case.
    package func isEqualIgnoringCase(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index].lowercasedASCII != other[index].lowercasedASCII { return false }
        return true
    }

    /// The bytes as text, for logs and messages; what is not UTF-8 is replaced.
    package var decoded: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for index in indices { bytes.append(self[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    /// The lower-case letter for an upper-case one (ASCII), everything else as it is.
    @inlinable public var lowercasedASCII: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}
