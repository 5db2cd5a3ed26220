import Configuration
import Testing

private let valid = "from: a@example.com, smtp: {url: \"smtp://mail.example.com:587\"}"

@Suite struct `What is said of mail` {
    @Test func `is read with its defaults`() throws {
        let mail = try #require(try snapshot(base + "mail: {\(valid)}").mail)
        guard case .smtp(let server) = mail.delivery else {
            Issue.record("not by SMTP")
            return
        }
        #expect(mail.from == "a@example.com")
        #expect(mail.language == "en")
        #expect(server.url == "smtp://mail.example.com:587")
        #expect(server.requiresTLS)
        #expect(server.timeout == .seconds(60))
        #expect(try snapshot(base).mail == nil)
    }

    @Test func `may be a folder, beside the file`() throws {
        let mail = try snapshot(base + "mail: {from: a@b.c, folder: mail, show: true, templates: t}", folder: "/etc/g")
            .mail
        guard case .folder("/etc/g/mail", isShown: true) = try #require(mail).delivery else {
            Issue.record("not into the folder")
            return
        }
        #expect(mail?.templates == "/etc/g/t")
    }

    @Test func `never shows its password`() throws {
        let text = base + "mail: {from: a@b.c, smtp: {url: \"smtps://m\", username: u, password: hunter2hunter2}}"
        let snapshot = try snapshot(text)
        for shown in ["\(snapshot.mail as Any)", String(reflecting: snapshot.mail)] {
            #expect(!shown.contains("hunter2"))
            #expect(shown.contains("smtps://m"))
        }
        let other = try fingerprint(text.replacing("hunter2hunter2", with: "x"))
        #expect(other == snapshot.fingerprint)
        #expect(!problems(base + "mail: {from: a@b.c, smtp: hunter2hunter2}").joined().contains("hunter2"))
    }

    private func fingerprint(_ text: String) throws -> String { try snapshot(text).fingerprint }

    @Test(arguments: [
        ("§{from: a@b.c}", "mail without a way to send it"),
        ("{from: a@b.c, smtp: §{url: \"smtp://m\"}, folder: x}", "smtp and folder"),
        ("§{smtp: {url: \"smtp://m\"}}", "without from"),
        ("{\(valid), show: §true}", "show without folder"),
        ("{from: a@b.c, smtp: §{username: u}}", "without url"),
        ("{from: a@b.c, smtp: {url: §\"http://m\"}}", "smtp://host:port or smtps://host:port"),
        ("{from: a@b.c, smtp: {url: §\"smtp://u:secret@m\"}}", "without a name or password"),
        ("{from: a@b.c, smtp: {url: §\"smtp://m:99999\"}}", "smtp://host:port"),
        ("{from: a@b.c, smtp: {url: §\"smtp://\"}}", "smtp://host:port"),
        ("{from: a@b.c, smtp: §{url: \"smtp://m\", username: u}}", "a username without a password"),
        ("{from: a@b.c, smtp: §{url: \"smtp://m\", username: u, password: p, tls: none}}", "travel in the open"),
        ("{from: a@b.c, smtp: {url: \"smtp://m\", §starttls: true}}", "unknown key \"starttls\" in smtp"),
        ("{from: a@b.c, smtp: {url: \"smtp://m\", tls: §maybe}}", "required, none"),
    ])
    func `is refused where it cannot be meant`(text: String, message: String) {
        expectProblems(base + "mail: \(text)", [message])
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::1]", "127.1.2.3:25"])
    func `may be in the open to a relay of this machine`(host: String) {
        let text = "mail: {from: a@b.c, smtp: {url: \"smtp://\(host)\", username: u, password: p, tls: none}}"
        #expect(problems(base + text) == [])
    }

    @Test func `warns of secret links in the open`() {
        expectProblems(
            base + "mail: {from: a@b.c, smtp: §{url: \"smtp://m\", tls: none}}",
            ["warning: mails, and the secret links"])
    }
}
