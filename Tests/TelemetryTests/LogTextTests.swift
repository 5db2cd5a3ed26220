import Foundation
import Identity
import LayerTesting
import Testing

@testable import Telemetry

@Suite struct LogTextTests {
    static func quoted(_ bytes: [UInt8], max: Int = .max) -> String {
        var text = LogText()
        text.append(quoting: bytes.span, bytesMax: max)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    /// Reads one JSON string with another's parser.
    static func parsed(_ json: String) throws -> String {
        try #require(JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed) as? String)
    }

    @Test(arguments: [
        ("", "\"\""), ("plain /path?x=1", "\"plain /path?x=1\""), ("a\"b", #""a\"b""#), (#"a\b"#, #""a\\b""#),
        ("a\nb\r\tc", #""a\nb\r\tc""#), ("\0\u{1f}\u{7f}", #""\u0000\u001f\u007f""#), ("é漢🔑", "\"é漢🔑\""),
        ("\u{85}\u{9b}31m", #""\u0085\u009b31m""#), ("a\u{2028}b\u{2029}c", #""a\u2028b\u2029c""#),
        ("\u{202e}gpj.exe", #""\u202egpj.exe""#), ("\u{feff}\u{200f}", #""\ufeff\u200f""#),
        ("\u{e0041}", #""\udb40\udc41""#), ("\u{1b}[2J", #""\u001b[2J""#),
    ])
    func `CWE-117: what could break a line or fool a terminal is escaped`(text: String, expected: String) throws {
        let json = Self.quoted(Array(text.utf8))
        #expect(json == expected)
        #expect(try Self.parsed(json) == text)
    }

    /// The table of maximal subparts in the Unicode Standard, section 3.9, and its neighbours.
    @Test(
        arguments: [
            ([0xff], 1), ([0x80], 1), ([0xc0, 0xaf], 2), ([0xe0, 0x80, 0xbf], 3), ([0xf0, 0x81, 0x82, 0x41], 3),
            ([0xed, 0xa0, 0x80], 3), ([0xf4, 0x91, 0x92, 0x93, 0xff, 0x41], 5),
            ([0xe1, 0x80, 0xe2, 0xf0, 0x91, 0x92, 0xf1, 0xbf, 0x41], 4),
            ([0xc3], 1), ([0xe2, 0x82], 1), ([0xf0, 0x9f, 0x94], 1), ([0xf5, 0x80, 0x80, 0x80], 4), ([0xc3, 0x22], 1),
        ] as [([UInt8], Int)])
    func `bytes that are no UTF-8 become replacement characters`(bytes: [UInt8], replacements: Int) throws {
        let json = Self.quoted(bytes)
        #expect(json.components(separatedBy: #"\ufffd"#).count - 1 == replacements)
        // The standard library's decoder is the judge of how many there are.
        #expect(try Self.parsed(json) == String(decoding: bytes, as: UTF8.self))
    }

    @Test func `any bytes at all come out as one line of JSON that says the same`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ -> UInt8 in
                Bool.random(using: &generator)
                    ? .random(in: 0...255, using: &generator)
                    : [0x0a, 0x22, 0x5c, 0xe2, 0x80, 0xa8, 0xf0, 0x9f][Int.random(in: 0..<8, using: &generator)]
            }
            let json = Self.quoted(bytes)
            #expect(!json.utf8.contains { $0 < 0x20 || $0 == 0x7f })
            #expect(try Self.parsed(json) == String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 3, "abc…"), ("aéb", 2, "a…"), ("a🔑b", 4, "a…"), ("a🔑b", 5, "a🔑…"),
        ("🔑", 0, "…"),
    ])
    func `a long text is cut between characters`(text: String, max: Int, expected: String) throws {
        #expect(try Self.parsed(Self.quoted(Array(text.utf8), max: max)) == expected)
    }

    @Test func `cutting bytes that are no UTF-8 stays in bounds`() throws {
        for count in 0..<12 {
            for max in 0..<12 { _ = try Self.parsed(Self.quoted(Array(repeating: 0x80, count: count), max: max)) }
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (951_782_399_999_999, "2000-02-28T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_795_238_319_123_456, "2026-11-21T05:18:39.123456Z"),
            (-1, "1970-01-01T00:00:00.000000Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ] as [(Int64, String)])
    func `RFC 3339: moments are written in UTC with microseconds`(microseconds: Int64, expected: String) {
        var text = LogText()
        for _ in 0..<2 {
            text.bytes = []
            text.append(Timestamp(microseconds: microseconds))
            #expect(String(decoding: text.bytes, as: UTF8.self) == expected)
        }
    }

    @Test func `the furthest moment does not trap`() {
        var text = LogText()
        text.append(Timestamp(microseconds: .max))
        text.append(Timestamp(microseconds: .min))
        #expect(!text.bytes.isEmpty)
    }

    @Test func `numbers and identifiers are written as everywhere`() {
        var text = LogText()
        text.append(decimal: 0)
        text.append(" ")
        text.append(decimal: .max)
        text.append(" ")
        text.append(hex: 0x0123_4567_89ab_cdef)
        text.append(" ")
        let id = UUID128(high: 0xc232_ab00_9414_11ec, low: 0xb3c8_9f6b_dece_d846)
        text.append(id)
        #expect(
            String(decoding: text.bytes, as: UTF8.self)
                == "0 18446744073709551615 0123456789abcdef \(id.description)")
    }
}
