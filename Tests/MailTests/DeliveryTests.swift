import Foundation
import Identity
import Testing

@testable import Mail

extension DeliveryOutcome {
    fileprivate var word: String {
        switch self {
        case .delivered: "delivered"
        case .refused: "refused"
        case .postponed: "postponed"
        case .unreachable: "unreachable"
        case .interrupted: "interrupted"
        }
    }
}

private func certificate(_ name: String) throws -> String {
    try SMTPTestServer.certificates.get().appending(path: name).path()
}

private func tls(_ kind: String) throws -> [String] {
    ["--tls", kind, "--certificate", try certificate("site.pem"), "--key", try certificate("site.key")]
}

private let limit = Duration.seconds(60)

@Suite struct `Delivery by SMTP` {
    @Test func `hands over what a parser of somebody else's reads as it was meant`() async throws {
        let server = try SMTPTestServer()
        let event = event(
            .invitation, to: "ada@bücher.example", language: "de",
            values: ["name": "Zoë O’Hara", "plant": "Werk Grüße & Söhne", "role": "engineer"])
        let mail = try message(event, from: "Prüfstelle, \"Graz\" <no-reply@example.com>".replacing("\"", with: ""))
        let delivery = SMTPDelivery(SMTPServer(url: server.url, security: .none))
        #expect(await delivery.deliver(mail) == .delivered)
        await delivery.rest()
        let taken = try #require(try server.mails().first)
        #expect(taken.from == "no-reply@example.com")
        #expect(taken.to == ["ada@xn--bcher-kva.example"])
        #expect(taken.defects.isEmpty)
        #expect(taken.bare == 0)
        #expect(taken.longest <= 78)
        #expect(taken.headers["Subject"] == "Sie sind zu Example Works eingeladen")
        #expect(taken.headers["From"] == "\"Prüfstelle, Graz\" <no-reply@example.com>")
        #expect(taken.headers["Date"] == "Sat, 21 Nov 2026 09:15:00 +0000")
        #expect(taken.headers["Message-ID"] == "<\(event.id)@example.com>")
        #expect(taken.headers["Auto-Submitted"] == "auto-generated")
        #expect(taken.headers["Content-Language"] == "de")
        #expect(taken.parts["text/plain"] == mail.text)
        #expect(taken.parts["text/html"] == mail.html)
    }

    @Test func `sends several over one connection, lines of dots and all`() async throws {
        let server = try SMTPTestServer()
        let delivery = SMTPDelivery(SMTPServer(url: server.url, security: .none))
        let text = ".\n..\n. dot\n\nend \n"
        for number in 0..<5 {
            let mail = MailMessage(
                id: .random(from: SystemRandomSource()), date: Timestamp(seconds: 0), sender: try sender(),
                recipient: try #require(MailAddress("u\(number)@example.com")), subject: "x", text: text, html: text,
                language: "en")
            #expect(await delivery.deliver(mail) == .delivered)
        }
        #expect(try server.mails().map(\.parts["text/plain"]) == Array(repeating: text, count: 5))
    }

    @Test(arguments: ["starttls", "implicit"])
    func `encrypts, and signs in`(kind: String) async throws {
        let server = try SMTPTestServer(try tls(kind) + ["--login", "gate:pass word"])
        let scheme = kind == "implicit" ? "smtps" : "smtp"
        let delivery = SMTPDelivery(
            SMTPServer(
                url: "\(scheme)://localhost:\(server.port)",
                login: .init(username: "gate", password: "pass word"), authorities: try certificate("ca.pem")))
        #expect(await delivery.deliver(try message(event())) == .delivered)
        let taken = try #require(try server.mails().first)
        #expect(taken.tls)
        #expect(taken.login == "gate")
    }

    @Test func `loses nothing over a wrong password`() async throws {
        let server = try SMTPTestServer(try tls("starttls") + ["--login", "gate:right"])
        let delivery = SMTPDelivery(
            SMTPServer(
                url: "smtp://localhost:\(server.port)", login: .init(username: "gate", password: "wrong"),
                authorities: try certificate("ca.pem")))
        let outcome = await delivery.deliver(try message(event()))
        #expect(outcome.word == "unreachable")
        #expect("\(outcome)".contains("535"), "what the server said, for whoever has to mend it")
        #expect(!"\(outcome)".contains("wrong"))
    }

    @Test func `says nothing in the open to a server that offers no TLS (RFC 3207, section 6: stripping)`() async throws
    {
        let server = try SMTPTestServer(["--login", "gate:secret"])
        let delivery = SMTPDelivery(
            SMTPServer(url: server.url, login: .init(username: "gate", password: "secret")))
        #expect(await delivery.deliver(try message(event())).word == "unreachable")
        #expect(try server.mails().isEmpty)
    }

    @Test(arguments: ["starttls", "implicit"], ["authority", "name"])
    func `trusts no certificate of an unknown authority or another name`(kind: String, fault: String) async throws {
        let server = try SMTPTestServer(try tls(kind))
        let scheme = kind == "implicit" ? "smtps" : "smtp"
        // 127.0.0.2 is this machine, and none of the certificate's names.
        let delivery = SMTPDelivery(
            SMTPServer(
                url: "\(scheme)://\(fault == "name" ? "localhost.localdomain" : "localhost"):\(server.port)",
                authorities: fault == "name" ? try certificate("ca.pem") : nil))
        #expect(await delivery.deliver(try message(event())).word == "unreachable")
        #expect(try server.mails().isEmpty)
    }

    @Test(arguments: [
        ("nobody@example.com", "refused"), ("spam@example.com", "refused"), ("later@example.com", "postponed"),
        ("full@example.com", "postponed"), ("closing@example.com", "unreachable"),
        ("misled@example.com", "unreachable"), ("crash@example.com", "unreachable"),
        ("ada@example.com", "delivered"),
    ])
    func `tells apart what is for good, for now, and not about the mail (RFC 5321, section 4.2.1)`(
        recipient: String, outcome: String
    ) async throws {
        let server = try SMTPTestServer()
        let delivery = SMTPDelivery(SMTPServer(url: server.url, security: .none))
        #expect(await delivery.deliver(try message(event(to: recipient))).word == outcome)
    }

    @Test func `gives up on a server that says nothing`() async throws {
        let server = try SMTPTestServer()
        let delivery = SMTPDelivery(
            SMTPServer(url: server.url, security: .none, timeout: .milliseconds(300)))
        #expect(await delivery.deliver(try message(event(to: "silent@example.com"))).word == "unreachable")
    }

    @Test func `ends soon when it is cancelled before the message went out`() async throws {
        let server = try SMTPTestServer()
        let delivery = SMTPDelivery(SMTPServer(url: server.url, security: .none, timeout: .seconds(3_600)))
        let mail = try message(event(to: "silent@example.com"))
        let task = Task { await delivery.deliver(mail) }
        task.cancel()
        #expect(await task.value == .interrupted)
    }

    @Test func `finds nobody where nobody listens`() async throws {
        // A port that was just given up might be given to somebody else.
        let delivery = SMTPDelivery(SMTPServer(url: "smtp://127.0.0.1:1", security: .none))
        #expect(await delivery.deliver(try message(event())).word == "unreachable")
    }

    @Test(arguments: ["http://127.0.0.1:1", "file:///etc/passwd", "not a url", "smtp://"])
    func `speaks no other protocol`(url: String) async throws {
        let delivery = SMTPDelivery(SMTPServer(url: url, security: .none))
        #expect(await delivery.deliver(try message(event())).word == "unreachable")
    }

    @Test(arguments: [true, false])
    func `sends to addresses beyond ASCII where the server can (RFC 6531)`(canTake: Bool) async throws {
        let server = try SMTPTestServer(canTake ? ["--utf8"] : [])
        let delivery = SMTPDelivery(SMTPServer(url: server.url, security: .none))
        let outcome = await delivery.deliver(try message(event(to: "jürgen@example.com")))
        #expect(outcome.word == (canTake ? "delivered" : "refused"))
        if canTake {
            let taken = try #require(try server.mails().first)
            #expect(taken.smtputf8)
            #expect(taken.to == ["jürgen@example.com"])
        }
    }
}

@Suite struct `Delivery into a folder` {
    @Test func `writes what people and mail programs can read, for the gateway's user alone`() async throws {
        let folder = try SMTPTestServer.makeFolder().appending(path: "mail")
        let delivery = FolderDelivery(folder: folder.path())
        let mail = try message(event(.verifyEmail, values: ["name": "Ada"]))
        for _ in 0..<2 { #expect(await delivery.deliver(mail) == .delivered) }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
        #expect(names == ["20261121T091500Z-\(mail.id).eml", "20261121T091500Z-\(mail.id).txt"])
        for name in names {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: name).path())
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
        let text = try #require(MailFolder(folder: folder.path()).newest().first)
        #expect(text.hasPrefix("To: ada@example.com\nFrom: no-reply@example.com\n"))
        #expect(text.contains("Hello Ada,"))
    }

    @Test func `is read without what is no mail of ours, the newest first`() throws {
        let folder = try SMTPTestServer.makeFolder()
        for (name, bytes) in [
            ("20261121T091500Z-a.txt", Data("one".utf8)), ("20261121T091501Z-b.txt", Data("two".utf8)),
            ("20261121T091502Z-c.txt", Data(repeating: 0x61, count: 65_537)),
            ("20261121T091503Z-d.txt", Data([0xff, 0xfe])), (".20261121T091504Z-e.txt", Data("a draft".utf8)),
            ("20261121T091505Z-f.eml", Data("for programs".utf8)),
        ] {
            try bytes.write(to: folder.appending(path: name))
        }
        try FileManager.default.createDirectory(
            at: folder.appending(path: "20261121T091506Z-g.txt"), withIntermediateDirectories: true)
        #expect(MailFolder(folder: folder.path()).newest() == ["two", "one"])
        #expect(MailFolder(folder: folder.appending(path: "nothing").path()).newest().isEmpty)
    }

    @Test func `waits for a folder that cannot be written`() async throws {
        let file = try SMTPTestServer.makeFolder().appending(path: "file")
        try Data().write(to: file)
        let delivery = FolderDelivery(folder: file.path())
        #expect(await delivery.deliver(try message(event())).word == "unreachable")
        #expect(MailFolder(folder: file.path()).newest().isEmpty)
    }
}
