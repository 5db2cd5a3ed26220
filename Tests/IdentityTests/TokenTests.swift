import Identity
import Testing

@Suite struct TokenTests {
    /// Gives the same bytes each time.
    struct Repeating: RandomSource {
        let byte: UInt8
        func bytes(_ count: Int) -> [UInt8] { Array(repeating: byte, count: count) }
    }

    @Test(arguments: Token.Kind.allCases)
    func `a token is its prefix and 256 bits`(kind: Token.Kind) throws {
        let token = Token(kind, from: Repeating(byte: 0xff))
        #expect(token.text == kind.rawValue + String(repeating: "_", count: 42) + "8")
        #expect(token.text.utf8.count == Token.textLength)
        #expect(Token(token.text, kind: kind)?.text == token.text)
    }

    @Test func `a token of one kind is none of another`() {
        let token = Token(.session, from: SystemRandomSource())
        for kind in Token.Kind.allCases where kind != .session { #expect(Token(token.text, kind: kind) == nil) }
    }

    @Test func `tokens differ`() {
        let texts = (0..<1_000).map { _ in Token(.session, from: SystemRandomSource()).text }
        #expect(Set(texts).count == texts.count)
    }

    @Test(arguments: [
        "", "ghs_", "GHS_" + String(repeating: "A", count: 43), "ghs_" + String(repeating: "A", count: 42),
        "ghs_" + String(repeating: "A", count: 44), "ghs_" + String(repeating: "A", count: 42) + "=",
        "ghs_" + String(repeating: "A", count: 42) + "\0", "ghs_" + String(repeating: "A", count: 42) + " ",
        " ghs_" + String(repeating: "A", count: 42), "ghs_" + String(repeating: "A", count: 41) + "é",
        "ghs_" + String(repeating: "A", count: 42) + "\n",
    ])
    func `CVE-2026-25748: a garbled token is no token`(text: String) {
        #expect(Token(text, kind: .session) == nil)
    }

    @Test func `a token never prints its secret`() {
        let token = Token(.session, from: SystemRandomSource())
        var dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(reflecting: token), String(describing: [token]), dumped] {
            #expect(!text.contains(token.text.dropFirst(4)))
        }
    }

    @Test func `a hash keeps its 32 bytes in order`() throws {
        let bytes = (0..<32).map(UInt8.init)
        let hash = try #require(TokenHash(bytes: bytes))
        #expect(hash.words.0 == 0x0001_0203_0405_0607)
        #expect(hash.bytes == bytes)
        #expect(hash == TokenHash(hash.words))
        #expect(TokenHash(bytes: bytes.dropLast()) == nil)
        #expect(TokenHash(bytes: bytes + [0]) == nil)
    }

    @Test(arguments: 0..<4)
    func `hashes that differ in one word are not equal`(word: Int) throws {
        let bytes = (0..<32).map(UInt8.init)
        var other = bytes
        other[word * 8 + 3] ^= 1
        #expect(try #require(TokenHash(bytes: bytes)) != #require(TokenHash(bytes: other)))
    }
}

@Suite struct Base64URLTests {
    /// RFC 4648, section 10, without padding; and what tells the two alphabets apart.
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func `RFC 4648: the test vectors hold both ways`(plain: String, coded: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == coded)
        #expect(Base64URL.decode(coded) == Array(plain.utf8))
    }

    @Test func `the last two digits are - and _`() {
        #expect(Base64URL.encode([0xfb, 0xff, 0xfe]) == "-__-")
        #expect(Base64URL.decode("-__-") == [0xfb, 0xff, 0xfe])
    }

    @Test func `every length comes back`() {
        for count in 0..<100 {
            let bytes = SystemRandomSource().bytes(count)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: ["A", "Zg==", "Zm9+", "Zm9/", "Zh", "Zm9", "Zm9vA", "Zm 9v", "Zm9v\n", "é", "\u{0}"])
    func `RFC 4648, section 3.5: nothing but the one spelling is read`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
