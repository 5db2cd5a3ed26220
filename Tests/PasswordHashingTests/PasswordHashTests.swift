import LayerTesting
import PasswordHashing
import Testing

@Suite struct PasswordHashTests {
    static let example =
        "$argon2id$v=19$m=65536,t=3,p=4$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

    @Test func `a PHC string is read and written as it was`() throws {
        let hash = try PasswordHash(phc: Self.example)
        #expect(hash.parameters == .standard)
        #expect(hash.salt == (0..<16).map(UInt8.init))
        #expect(hash.tag == (0..<32).map(UInt8.init))
        #expect(hash.phc == Self.example)
        #expect(hash.phc.utf8.count <= 255)
    }

    /// `x` stands for a salt of 16 bytes, `y` for a tag of 32.
    @Test(
        arguments: [
            ("", .notArgon2id), ("$", .notArgon2id), ("plaintext", .notArgon2id), ("argon2id$v=19", .notArgon2id),
            ("$2b$12$abcdefghijklmnopqrstuv", .notArgon2id), ("$argon2i$v=19$m=65536,t=3,p=4$x$y", .notArgon2id),
            ("$argon2d$v=19$m=65536,t=3,p=4$x$y", .notArgon2id), ("$ARGON2ID$v=19$m=65536,t=3,p=4$x$y", .notArgon2id),
            ("\0$argon2id$v=19$m=65536,t=3,p=4$x$y", .notArgon2id), ("$argon2id", .malformed),
            ("$argon2id$v=19$m=65536,t=3,p=4$x", .malformed), ("$argon2id$v=19$m=65536,t=3,p=4$x$y$", .malformed),
            ("$argon2id$m=65536,t=3,p=4$x$y", .malformed), ("$argon2id$v=16$m=65536,t=3,p=4$x$y", .unknownVersion),
            ("$argon2id$v=019$m=65536,t=3,p=4$x$y", .unknownVersion),
            ("$argon2id$v=$m=65536,t=3,p=4$x$y", .unknownVersion),
            ("$argon2id$v=19$$x$y", .malformed), ("$argon2id$v=19$t=3,m=65536,p=4$x$y", .malformed),
            ("$argon2id$v=19$m=65536,t=3$x$y", .malformed), ("$argon2id$v=19$m=65536,t=3,p=4,$x$y", .malformed),
            ("$argon2id$v=19$m=65536,t=3,p=4,data=AA$x$y", .malformed), ("$argon2id$v=19$m=,t=3,p=4$x$y", .malformed),
            ("$argon2id$v=19$m=+65536,t=3,p=4$x$y", .malformed), ("$argon2id$v=19$m=-1,t=3,p=4$x$y", .malformed),
            ("$argon2id$v=19$m=065536,t=3,p=4$x$y", .malformed), ("$argon2id$v=19$m=0x100,t=3,p=4$x$y", .malformed),
            ("$argon2id$v=19$m= 65536,t=3,p=4$x$y", .malformed), ("$argon2id$v=19$m=6553６,t=3,p=4$x$y", .malformed),
            ("$argon2id$v=19$m=65536,t=0,p=4$x$y", .malformed), ("$argon2id$v=19$m=65536,t=3,p=0$x$y", .malformed),
            ("$argon2id$v=19$m=0,t=3,p=4$x$y", .malformed), ("$argon2id$v=19$m=31,t=3,p=4$x$y", .malformed),
            ("$argon2id$v=19$m=65537,t=3,p=4$x$y", .tooExpensive),
            ("$argon2id$v=19$m=4294967295,t=3,p=4$x$y", .tooExpensive),
            ("$argon2id$v=19$m=4294967296,t=3,p=4$x$y", .malformed),
            ("$argon2id$v=19$m=99999999999999999999,t=3,p=4$x$y", .malformed),
            ("$argon2id$v=19$m=65536,t=11,p=4$x$y", .tooExpensive),
            ("$argon2id$v=19$m=65536,t=4294967295,p=4$x$y", .tooExpensive),
            ("$argon2id$v=19$m=65536,t=3,p=17$x$y", .tooExpensive),
            ("$argon2id$v=19$m=65536,t=3,p=16777215$x$y", .tooExpensive),
            ("$argon2id$v=19$m=65536,t=3,p=4$$y", .malformed), ("$argon2id$v=19$m=65536,t=3,p=4$x$", .malformed),
            ("$argon2id$v=19$m=65536,t=3,p=4$AAAA$y", .malformed),
            ("$argon2id$v=19$m=65536,t=3,p=4$x$AAAA", .malformed),
            ("$argon2id$v=19$m=65536,t=3,p=4$x==$y", .malformed), ("$argon2id$v=19$m=65536,t=3,p=4$x$y=", .malformed),
            ("$argon2id$v=19$m=65536,t=3,p=4$x\n$y", .malformed), ("$argon2id$v=19$m=65536,t=3,p=4$x$y\n", .malformed),
            ("$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAA-$y", .malformed),
            ("$argon2id$v=19$m=65536,t=3,p=4$AAECAwQFBgcICQoLDA0ODx$y", .malformed),
            ("$argon2id$v=19$m=65536,t=3,p=4$AAECAwQFBgcICQoLDA0OD$y", .malformed),
            (String(repeating: "$", count: 256), .tooLong), (String(repeating: "$argon2id", count: 100_000), .tooLong),
        ] as [(String, PasswordHashFormatError)])
    func `a malformed or hostile stored hash is refused unread`(text: String, error: PasswordHashFormatError) {
        let text =
            text.replacing("$x", with: "$AAECAwQFBgcICQoLDA0ODw")
            .replacing("$y", with: "$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
        #expect(throws: error) { try PasswordHash(phc: text) }
    }

    @Test func `no byte changed at random makes the reader crash, and what it takes it writes back`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            var bytes = Array(Self.example.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = .random(in: 0x20...0x7e, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(.random(in: 0...255, using: &generator), at: index)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if let hash = try? PasswordHash(phc: text) { #expect(hash.phc == text) }
        }
    }
}
