import HTTPMessage
import LayerTesting
import Testing

@testable import Policy

private func normal(_ path: String) throws(PathRefusal) -> String {
    var output = ByteBuffer(minimumCapacity: 16)
    _ = try PathNormalizer.normalize(path.utf8.span, into: &output)
    return output.span.decoded
}

@Suite struct `The normal form of a path` {
    @Test(arguments: [
        ("/", "/"), ("/a/b", "/a/b"), ("/a/", "/a/"), ("/a//b", "/a//b"),
        // RFC 3986, section 6.2.2.2: unreserved characters are decoded, once.
        ("/%7Euser/%41%2dz%5f%2E1", "/~user/A-z_.1"), ("/%70lants", "/plants"),
        // Section 6.2.2.1: other escapes in upper case.
        ("/%c3%a9t%C3%A9", "/%C3%A9t%C3%A9"), ("/a%3ab", "/a%3Ab"), ("/100%25", "/100%25"), ("/%2541", "/%2541"),
        // Section 5.2.4: dot segments.
        ("/a/./b", "/a/b"), ("/a/b/..", "/a/"), ("/a/b/.", "/a/b/"), ("/a/b/../c", "/a/c"), ("/a/b/../../c", "/c"),
        ("/a/..", "/"), ("/.", "/"), ("/./", "/"), ("/a/%2e%2E/b", "/b"), ("/a/.%2e/b", "/b"), ("/a/%2e/b", "/a/b"),
        ("/a//../b", "/a/b"), ("/.hidden/..x/x..", "/.hidden/..x/x.."), ("/...", "/..."),
        // What has no place in a path is escaped, not passed on.
        ("/a{b}|c^d`e\"f<g>", "/a%7Bb%7D%7Cc%5Ed%60e%22f%3Cg%3E"), ("/a;p=1,2:@!$&'()*+=", "/a;p=1,2:@!$&'()*+="),
        ("/%2F", "/%2F"), ("/a%2fb", "/a%2Fb"),
    ])
    func `is one for all spellings`(raw: String, expected: String) throws {
        #expect(try normal(raw) == expected)
        #expect(try normal(expected) == expected, "a normal form is its own normal form")
    }

    @Test(arguments: [
        ("", PathRefusal.notAbsolute, "empty"), ("*", .notAbsolute, "asterisk-form"), ("a/b", .notAbsolute, "relative"),
        ("http://x/", .notAbsolute, "absolute-form"),
        ("/a\\b", .backslash, "CVE-2021-29492"), ("/a%5cb", .backslash, "CVE-2021-29492"),
        ("/a%5Cb", .backslash, "CVE-2021-29492"), ("/%2e%2e%5cb", .backslash, "CVE-2021-29492"),
        ("/a%00", .controlByte, "CVE-2026-73551"), ("/a%00/../b", .controlByte, "CVE-2026-73551"),
        ("/a%0d%0aX: y", .controlByte, "request splitting"), ("/a%7f", .controlByte, "DEL"),
        ("/a%1F", .controlByte, "US"),
        ("/a\u{1}", .controlByte, "raw control"), ("/a b", .controlByte, "raw space"),
        ("/a\u{7f}", .controlByte, "raw DEL"),
        ("/é", .controlByte, "raw UTF-8"),
        ("/a/%252e%252e/b", .doubleEncoding, "CVE-2019-9901"), ("/a%252fb", .doubleEncoding, "CVE-2019-9901"),
        ("/a%252Fb", .doubleEncoding, "CVE-2019-9901"), ("/a%255cb", .doubleEncoding, "CVE-2019-9901"),
        ("/a%2500", .doubleEncoding, "NUL twice encoded"), ("/a%25252eb", .doubleEncoding, "three layers"),
        ("/a%25%32%65", .doubleEncoding, "the second layer is encoded itself"),
        ("/a%25%32f", .doubleEncoding, "the second layer is half encoded"), ("/a%%32%66", .malformedEscape, "nested"),
        ("/%c0%ae%c0%ae/", .invalidUTF8, "overlong dot, CVE-2008-2938"), ("/%c0%af", .invalidUTF8, "overlong slash"),
        ("/%e0%80%af", .invalidUTF8, "overlong slash of three"), ("/%f0%80%80%af", .invalidUTF8, "overlong of four"),
        ("/%ed%a0%80", .invalidUTF8, "surrogate"), ("/%f4%90%80%80", .invalidUTF8, "beyond U+10FFFF"),
        ("/%f5%80%80%80", .invalidUTF8, "beyond"), ("/%ff", .invalidUTF8, "never"), ("/%80", .invalidUTF8, "alone"),
        ("/%c3", .invalidUTF8, "cut at the end"), ("/%c3/%a9", .invalidUTF8, "cut by a slash"),
        ("/%c3a%a9", .invalidUTF8, "cut by a letter"), ("/%e2%82", .invalidUTF8, "two of three"),
        ("/%", .malformedEscape, "nothing follows"), ("/%4", .malformedEscape, "one digit"),
        ("/%zz", .malformedEscape, "no digits"), ("/%u002e", .malformedEscape, "IIS escapes"),
        ("/..", .aboveRoot, "CVE-2019-9901"), ("/../a", .aboveRoot, "CVE-2019-9901"),
        ("/a/../../b", .aboveRoot, "CVE-2019-9901"), ("/%2e%2e/a", .aboveRoot, "CVE-2019-9901"),
        ("/a/../..", .aboveRoot, "at the end"), ("/./../a", .aboveRoot, "after a dot"),
    ])
    func `is refused where it has two readings`(raw: String, refusal: PathRefusal, known: String) {
        #expect(throws: refusal, "\(known)") { try normal(raw) }
    }

    /// Most paths are taken as they are; one with an escape is looked at byte by byte. Both must come to the same.
    @Test func `is the same whether a path is spelled plainly or with escapes`() throws {
        var generator = SeededGenerator(seed: 1)
        let alphabet = Array("/./a-Z_9~/.b;".utf8)
        for _ in 0..<20_000 {
            let length = Int.random(in: 1...16, using: &generator)
            let plain =
                "/"
                + String(
                    decoding: (0..<length).compactMap { _ in alphabet.randomElement(using: &generator) }, as: UTF8.self)
            let index = plain.index(plain.startIndex, offsetBy: Int.random(in: 1...length, using: &generator))
            guard plain[index] != "/", plain[index] != ";", let byte = plain[index].asciiValue else { continue }
            let digits = String(byte, radix: 16)
            let escaped = plain[..<index] + "%" + digits + plain[plain.index(after: index)...]
            let (first, second) = (Result { try traits(plain) }, Result { try traits(String(escaped)) })
            switch (first, second) {
            case (.success(let first), .success(let second)): #expect(first == second, "\(plain) \(escaped)")
            case (.failure(let first), .failure(let second)):
                #expect(first as? PathRefusal == second as? PathRefusal, "\(plain) \(escaped)")
            default: Issue.record("\(plain) and \(escaped) differ")
            }
        }
    }

    private func traits(_ path: String) throws -> [String] {
        var output = ByteBuffer(minimumCapacity: 16)
        let traits = try PathNormalizer.normalize(path.utf8.span, into: &output)
        return [output.span.decoded, String(traits.rawValue)]
    }

    @Test func `is found for random bytes without a crash, and is stable`() {
        var generator = SeededGenerator(seed: 1)
        let alphabet = Array("/.%25eEfFcC0aA;\\ \u{0}é".utf8)
        for _ in 0..<20_000 {
            var bytes: [UInt8] = [UInt8(ascii: "/")]
            for _ in 0..<Int.random(in: 0...24, using: &generator) {
                bytes.append(alphabet.randomElement(using: &generator) ?? 0)
            }
            var output = ByteBuffer(minimumCapacity: 16)
            guard (try? PathNormalizer.normalize(bytes.span, into: &output)) != nil else { continue }
            let once = output.span.decoded
            #expect((try? normal(once)) == once, "\(bytes)")
            #expect(!once.contains("/../") && !once.contains("/./") && !once.hasSuffix("/..") && once.hasPrefix("/"))
        }
    }
}
