/// A stored Argon2id hash, read from and written as a PHC string: `$argon2id$v=19$m=65536,t=3,p=4$salt$tag`.
///
/// The reader is stricter than the library's: one spelling for each hash, and nothing above `Argon2Limits`.
package struct PasswordHash: Sendable, Hashable {
    package let parameters: Argon2Parameters
    package let salt: [UInt8]
    /// The result of Argon2id over the password and the salt.
    package let tag: [UInt8]

    package init(parameters: Argon2Parameters, salt: [UInt8], tag: [UInt8]) {
        self.parameters = parameters
        self.salt = salt
        self.tag = tag
    }

    /// Reads a PHC string without doing any of the work that it asks for.
    package init(phc text: String, limits: Argon2Limits = .standard) throws(PasswordHashFormatError) {
        guard text.utf8.count <= limits.textBytesMax else { throw .tooLong }
        let parts = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0].isEmpty, parts[1].elementsEqual("argon2id".utf8) else { throw .notArgon2id }
        guard parts.count == 6 else { throw .malformed }
        guard parts[2].elementsEqual("v=19".utf8) else { throw .unknownVersion }

        let costs = parts[3].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard costs.count == 3, let memory = Self.number(costs[0], named: "m="),
            let passes = Self.number(costs[1], named: "t="), let lanes = Self.number(costs[2], named: "p=")
        else { throw .malformed }
        guard memory <= limits.memoryKiBMax, passes <= limits.passesMax, lanes <= limits.lanesMax else {
            throw .tooExpensive
        }
        guard lanes >= 1, passes >= 1, memory / 8 >= lanes else { throw .malformed }

        guard let salt = Base64.decode(parts[4]), limits.saltBytes.contains(salt.count),
            let tag = Base64.decode(parts[5]), limits.tagBytes.contains(tag.count)
        else { throw .malformed }
        self.init(
            parameters: Argon2Parameters(memoryKiB: memory, passes: passes, lanes: lanes), salt: salt, tag: tag)
    }

    /// The PHC string.
    package var phc: String {
        "$argon2id$v=19$m=\(parameters.memoryKiB),t=\(parameters.passes),p=\(parameters.lanes)"
            + "$\(Base64.encode(salt))$\(Base64.encode(tag))"
    }

    /// Reads `name` and a decimal number without sign or leading zero that fits 32 bits.
    private static func number(_ text: Substring.UTF8View, named name: StaticString) -> UInt32? {
        let prefix = name.description.utf8
        guard text.starts(with: prefix) else { return nil }
        let digits = text.dropFirst(prefix.count)
        guard (1...10).contains(digits.count), digits.first != UInt8(ascii: "0") || digits.count == 1 else {
            return nil
        }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        return UInt32(exactly: value)
    }
}

/// Why a stored hash was refused.
package enum PasswordHashFormatError: Error, Sendable, Hashable {
    /// Another scheme, or no PHC string at all.
    case notArgon2id
    /// Argon2 in a version other than 1.3, the only one that RFC 9106 knows.
    case unknownVersion
    case malformed
    /// Well-formed, but above `Argon2Limits`.
    case tooExpensive
    case tooLong
}
