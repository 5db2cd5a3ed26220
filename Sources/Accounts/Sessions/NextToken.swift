import Crypto
import Identity

extension Token {
    /// How many bytes a nonce for `next` has.
    static let nonceBytes = 32

    /// The token that follows this one in a rotation: HMAC-SHA256 (RFC 2104) of a nonce, with this token's text as the
    /// key.
    ///
    /// So whoever holds the former token, and whichever gateway they reach, gets the same next one for as long as the
    /// store keeps the nonce: an answer that was lost can be given again, and requests at once cannot rotate twice. From
    /// the nonce alone, as from the database's hashes, nobody can tell the token.
    func next(_ kind: Kind, nonce: [UInt8]) -> Token {
        let key = SymmetricKey(data: Array(text.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array(kind.rawValue.utf8) + nonce, using: key)
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in code.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        return Token(kind, bits: (words[0], words[1], words[2], words[3]))
    }
}
