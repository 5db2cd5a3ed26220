/// A universally unique identifier: 128 bits, compared and hashed as two words (RFC 9562).
///
/// The identifiers of users and sessions wrap one each, so that one kind cannot be passed for the other.
package struct UUID128: Hashable, Sendable {
    /// The first eight bytes, most significant first.
    package let high: UInt64
    /// The last eight bytes, most significant first.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A version-4 identifier from `random` (RFC 9562, section 5.4).
    package static func random(from random: some RandomSource) -> UUID128 {
        let bytes = random.bytes(16)
        func word(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        return UUID128(
            high: word(0) & 0xffff_ffff_ffff_0fff | 0x0000_0000_0000_4000,
            low: word(8) & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000)
    }

    /// Reads the usual text form, `8-4-4-4-12` hexadecimal digits in either case; anything else is nil.
    package init?(_ text: some StringProtocol) {
        var digits = 0
        var position = 0
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in text.utf8 {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                let digit: UInt8
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
                case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
                default: return nil
                }
                if digits < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
                digits += 1
            }
            position += 1
        }
        guard position == 36, digits == 32 else { return nil }
        self.init(high: high, low: low)
    }
}

extension UUID128: CustomStringConvertible {
    /// The text form in lower case.
    package var description: String {
        var text = ""
        text.reserveCapacity(36)
        let digits = Array("0123456789abcdef")
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
            let word = index < 16 ? high : low
            text.append(digits[Int(word >> UInt64(60 - 4 * (index % 16)) & 15)])
        }
        return text
    }
}

/// Which user.
package struct UserID: Hashable, Sendable, CustomStringConvertible {
    package let value: UUID128
    package init(_ value: UUID128) { self.value = value }
    package init?(_ text: some StringProtocol) {
        guard let value = UUID128(text) else { return nil }
        self.value = value
    }
    package var description: String { value.description }
}

/// Which session. Not a secret: it names a session in logs and lists, and opens nothing.
package struct SessionID: Hashable, Sendable, CustomStringConvertible {
    package let value: UUID128
    package init(_ value: UUID128) { self.value = value }
    package init?(_ text: some StringProtocol) {
        guard let value = UUID128(text) else { return nil }
        self.value = value
    }
    package var description: String { value.description }
}

/// Which plant: the tenant's key in the database.
package struct PlantID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let value: Int32
    package init(_ value: Int32) { self.value = value }
    package static func < (left: PlantID, right: PlantID) -> Bool { left.value < right.value }
    package var description: String { String(value) }
}
