import Crypto
package import Identity

extension TokenHash {
    /// What the store knows `token` by.
    package init(of token: Token) { self.init(ofText: token.text) }

    /// SHA-256 of a text's UTF-8 bytes, such as the secret of an attempt to sign in.
    package init(ofText text: String) {
        var hasher = SHA256()
        hasher.update(data: Array(text.utf8))
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in hasher.finalize().enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        self.init((words[0], words[1], words[2], words[3]))
    }

    /// Reads a digest as URLs carry it: 43 digits of unpadded base64url. Anything else is nil.
    package init?(base64URL text: String) {
        guard text.utf8.count == 43, let bytes = Base64URL.decode(text) else { return nil }
        self.init(bytes: bytes)
    }
}
