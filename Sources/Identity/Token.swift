/// A secret that a client holds: 256 random bits behind a prefix that secret scanners know.
///
/// Has no `description` on purpose, and prints as its kind alone: only `text` gives the secret away, at the one place
/// that sends it. The database holds only its SHA-256 (`TokenHash`).
package struct Token: Sendable, Hashable {
    /// What a token opens. The raw value is the prefix of its text.
    package enum Kind: String, Sendable, CaseIterable {
        case session = "ghs_"
        case refresh = "ghr_"
        case api = "ght_"
        /// Hands a session over to another host; travels in a URL once.
        case ticket = "ghk_"
        /// Proves that somebody reads a mailbox, or just gave a password that must be changed.
        case verification = "ghv_"
        /// Takes up an invitation.
        case invitation = "ghi_"
    }

    /// The length of every token's text in bytes: a prefix of 4 and 43 of unpadded base64url (RFC 4648, section 5).
    package static let textLength = 47

    package let kind: Kind
    /// The whole text as the client sends it. Secret.
    package let text: String

    /// A new token of 256 bits from `random`.
    package init(_ kind: Kind, from random: some RandomSource) {
        self.kind = kind
        text = kind.rawValue + Base64URL.encode(random.bytes(32))
    }

    /// The token that these 256 bits spell, which nobody can predict.
    package init(_ kind: Kind, bits: (UInt64, UInt64, UInt64, UInt64)) {
        self.kind = kind
        text = kind.rawValue + Base64URL.encode(TokenHash(bits).bytes)
    }

    /// Takes a text for a token when it has the right prefix, length and alphabet. Whether it opens anything is for
    /// the store to say.
    package init?(_ text: String, kind: Kind) {
        guard text.utf8.count == Token.textLength, text.utf8.starts(with: kind.rawValue.utf8),
            text.utf8.dropFirst(4).allSatisfy(Base64URL.isDigit)
        else { return nil }
        self.kind = kind
        self.text = text
    }
}

extension Token: CustomReflectable, CustomDebugStringConvertible {
    package var debugDescription: String { "\(kind) token" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The SHA-256 of a token's whole text: what the database and the caches know it by.
package struct TokenHash: Hashable, Sendable {
    /// The digest as four words, first byte most significant.
    package let words: (UInt64, UInt64, UInt64, UInt64)

    package init(_ words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// Takes the 32 bytes of a digest; another count is nil.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var iterator = bytes.makeIterator()
        func word() -> UInt64 { (0..<8).reduce(0) { word, _ in word << 8 | UInt64(iterator.next() ?? 0) } }
        words = (word(), word(), word(), word())
    }

    /// The digest as 32 bytes.
    package var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
    }

    package static func == (left: TokenHash, right: TokenHash) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) {
        // The words are already uniformly distributed; two of them tell any two digests apart.
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// Base64 with the URL-safe alphabet and no padding (RFC 4648, section 5).
///
/// Public, so that looking at a token's digits is inlined into other modules.
public enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[index + 2]) : 0)
            text.append(alphabet[Int(group >> 18 & 63)])
            text.append(alphabet[Int(group >> 12 & 63)])
            if left > 1 { text.append(alphabet[Int(group >> 6 & 63)]) }
            if left > 2 { text.append(alphabet[Int(group & 63)]) }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads exactly what `encode` writes: padding, another alphabet and stray bits after the last byte are nil.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for character in text.utf8 {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            bits = bits << 6 | UInt32(digit)
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
        }
        // Six bits left are a digit too many; fewer must be the zeros that `encode` filled up with.
        guard bitCount < 6, bits & (1 << bitCount - 1) == 0 else { return nil }
        return bytes
    }

    /// Whether `byte` belongs to the alphabet.
    @inlinable public static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
