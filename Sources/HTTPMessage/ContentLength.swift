/// Reads the Content-Length field (RFC 9110, section 8.6).
package enum ContentLength {
    package enum Problem: Error, Hashable {
        /// Not 1*DIGIT, or beyond 2⁶³ − 1 (CVE-2021-40346).
        case malformed
        /// More than one, whether they agree or not.
        case several
    }

    /// The length that the fields tell; nil when they tell none.
    package static func read(_ fields: FieldBlock) throws(Problem) -> UInt64? {
        guard let index = fields.first(.contentLength) else { return nil }
        guard !fields.isRepeated(.contentLength) else { throw .several }
        return try decimal(fields.value(index))
    }

    private static func decimal(_ digits: Span<UInt8>) throws(Problem) -> UInt64 {
        guard (1...19).contains(digits.count) else { throw .malformed }
        var number: UInt64 = 0
        for index in digits.indices {
            guard ByteClass.isDigit(digits[index]) else { throw .malformed }
            // Nineteen digits are below 10¹⁹, which fits.
            number = number * 10 + UInt64(digits[index] - UInt8(ascii: "0"))
        }
        guard number <= UInt64(Int64.max) else { throw .malformed }
        return number
    }
}
