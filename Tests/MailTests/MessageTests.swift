import Foundation
import Identity
import Testing

@testable import Mail

@Suite struct `An address` {
    @Test(arguments: [
        ("ada@example.com", "ada@example.com"),
        ("Ada.Lovelace+x@EXAMPLE.com", "Ada.Lovelace+x@example.com"),
        ("o'hara@example.com", "o'hara@example.com"),
        ("a..b@example.com", "\"a..b\"@example.com"),
        ("ada@localhost", "ada@localhost"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@例え。テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("jürgen@example.com", "jürgen@example.com"),
    ])
    func `is written as the protocols have it (RFC 5321, RFC 3492, RFC 6531)`(typed: String, written: String) {
        #expect(MailAddress(typed)?.text == written)
    }

    @Test(arguments: [
        "", "ada", "@example.com", "ada@", "ada@example..com", "ada@-x.example", "ada@x-.example", "ada@[127.0.0.1]",
        "ada lovelace@example.com", "\"ada\"@example.com", "ada<x>@example.com", "<ada@example.com>",
        "ada@example.com\r\nRCPT TO:<eve@example.com>", "ada\r\nBcc: eve@example.com\r\n@example.com",
        "ada\u{0}@b.example",
        "ada@exam\u{202E}ple.com", "a\u{2028}b@example.com", "ada@example.com> SIZE=1", "ada\u{85}@example.com",
        String(repeating: "a", count: 65) + "@example.com", "a@" + String(repeating: "ü", count: 64) + ".example",
        "a@" + String(repeating: "abcdefg.", count: 40) + "example",
    ])
    func `that could become another command or field is none (CWE-93)`(text: String) {
        #expect(MailAddress(text) == nil)
    }

    /// RFC 3492, section 7.1, in lower case.
    @Test(arguments: [
        ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
        ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
        ("почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"),
        ("tạisaohọkhôngthểchỉnóitiếngviệt", "tisaohkhngthchnitingvit-kjcr8268qyxafd2f1b9g"),
        ("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"),
    ])
    func `has other scripts encoded as the standard's samples`(label: String, encoded: String) {
        #expect(Punycode.encode(label.unicodeScalars) == encoded)
    }

    @Test(arguments: [
        ("no-reply@example.com", nil, "no-reply@example.com"),
        ("Example Works <no-reply@example.com>", "Example Works", "no-reply@example.com"),
        ("\"Works, Inc.\" <a@example.com>", "Works, Inc.", "a@example.com"),
        ("Bücher <a@bücher.example>", "Bücher", "a@xn--bcher-kva.example"),
    ])
    func `may have a name before it`(text: String, name: String?, address: String) throws {
        let sender = try #require(MailSender(text))
        #expect(sender.name == name)
        #expect(sender.address.text == address)
    }

    @Test(arguments: ["", "x", "A <x>", "A\r\nBcc: b@c.d <a@example.com>", "A \"B\" C <a@example.com>", "<a@b.c> x"])
    func `of a sender is refused where it is none`(text: String) { #expect(MailSender(text) == nil) }
}

@Suite struct `A header` {
    @Test(arguments: ["a\r\nBcc: eve@example.com", "a\nb", "a\rb", "a\u{0}", "a\u{85}b", "a\u{2028}b", "\u{7F}"])
    func `takes no control character (CWE-93)`(text: String) throws {
        #expect(throws: MailMessageError.controlCharacter(field: "Subject")) {
            _ = try HeaderText.unstructured(text, field: "Subject")
        }
        #expect(throws: MailMessageError.controlCharacter(field: "From")) {
            _ = try HeaderText.phrase(text, field: "From")
        }
    }

    @Test(arguments: [
        ("Plain words", "Plain words"),
        ("Grüße", "=?UTF-8?B?R3LDvMOfZQ==?="),
        ("=?utf-8?q?planted?=", "=?UTF-8?B?PT91dGYtOD9xP3BsYW50ZWQ/PQ==?="),
    ])
    func `has what is not plain in encoded words (RFC 2047)`(text: String, written: String) throws {
        #expect(try HeaderText.unstructured(text, field: "Subject") == written)
    }

    @Test(arguments: [
        String(repeating: "word ", count: 60) + "end", String(repeating: "äöü ", count: 80),
        String(repeating: "👩‍🔧", count: 50), String(repeating: "x", count: 500),
    ])
    func `has short lines only`(text: String) throws {
        let lines = try HeaderText.unstructured(text, field: "Subject").split(separator: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(" ") })
    }
}

@Suite struct `Quoted-printable` {
    @Test(arguments: [
        ("a=b", "a=3Db\r\n"), ("ü", "=C3=BC\r\n"), ("end \nnext", "end=20\r\nnext\r\n"), (".", "=2E\r\n"),
        ("a\r\nb\rc", "a\r\nb\r\nc\r\n"), ("tab\t\n", "tab=09\r\n"), ("", ""),
    ])
    func `writes any text in ASCII (RFC 2045, section 6.7)`(text: String, written: String) {
        #expect(String(decoding: QuotedPrintable.encode(text), as: UTF8.self) == written)
    }

    @Test(arguments: [
        String(repeating: "x", count: 76), String(repeating: "x", count: 77), String(repeating: "ü", count: 200),
        String(repeating: " ", count: 200),
    ])
    func `has lines of at most 76 bytes`(text: String) {
        for line in String(decoding: QuotedPrintable.encode(text), as: UTF8.self).split(separator: "\r\n") {
            #expect(line.utf8.count <= 76)
        }
    }
}

@Suite struct `A date` {
    @Test(arguments: [
        (0, "Thu, 1 Jan 1970 00:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
        (1_795_252_500, "Sat, 21 Nov 2026 09:15:00 +0000"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 +0000"),
        (.min, "Thu, 1 Jan 1970 00:00:00 +0000"), (.max, "Fri, 31 Dec 9999 23:59:59 +0000"),
    ])
    func `is written as mails have it (RFC 5322, section 3.3)`(seconds: Int64, written: String) {
        #expect(CivilTime(Timestamp(seconds: seconds)).mailDate == written)
    }
}

@Suite struct `A message` {
    @Test func `says nothing of itself in logs: it holds a secret`() throws {
        let message = try message(event())
        for text in ["\(message)", String(reflecting: message), String(describing: Optional(message))] {
            #expect(!text.contains("token"))
        }
    }

    @Test func `has one Message-ID, however often it is written`() throws {
        let event = event()
        let texts = try (0..<2).map { _ in String(decoding: try message(event).bytes(), as: UTF8.self) }
        #expect(texts[0] == texts[1])
        #expect(texts[0].contains("Message-ID: <\(event.id)@example.com>\r\n"))
    }
}
