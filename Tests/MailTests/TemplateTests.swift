import Foundation
import Identity
import Testing

@testable import Mail

@Suite struct `Templates` {
    @Test(arguments: MailEvent.Kind.allCases, ["en", "de"])
    func `say something about every kind of event, in both languages`(kind: MailEvent.Kind, language: String) throws {
        let all = ["name": "Ada", "plant": "Detroit", "role": "engineer", "inviter": "Bob", "email": "n@example.com"]
        for values in [[:], all] {
            let mail = try message(event(kind, language: language, values: values))
            #expect(mail.language == language)
            #expect(mail.subject.contains("Example Works"))
            for text in [mail.text, mail.html] {
                #expect(text.contains("Example Works"))
                #expect(text.contains("ada@example.com"))
                #expect(!text.contains("{{"))
                #expect(text.contains("Ada") == (values["name"] != nil))
            }
        }
    }

    @Test(arguments: [
        MailEvent.Kind.verifyEmail, .resetPassword, .changeEmail, .invitation, .alreadyRegistered, .newSignIn,
    ])
    func `carry the link, and the moment when it ends`(kind: MailEvent.Kind) throws {
        let mail = try message(event(kind))
        #expect(mail.text.contains("\nhttps://login.example.com/.gatehouse/reset?token=abc&x=1\n"))
        #expect(mail.html.contains("href=\"https://login.example.com/.gatehouse/reset?token=abc&amp;x=1\""))
        let tells = [.verifyEmail, .resetPassword, .changeEmail, .invitation].contains(kind)
        #expect(mail.text.contains("2100-02-28 23:59 UTC") == tells)
    }

    @Test(arguments: [
        ("de-AT", "de"), ("DE", "de"), ("fr", "en"), ("", "en"), (nil, "en"), ("en-GB", "en"), ("../../x", "en"),
    ])
    func `are of the language that was asked for, else of the site's`(asked: String?, got: String) throws {
        #expect(try message(event(language: asked)).language == got)
    }

    @Test(arguments: [
        "http://evil.example/win", "evil.example", "Click www.evil.example now", "a/b", "eve@evil.example",
        String(repeating: "You have won. ", count: 10),
    ])
    func `leave out a name by which a stranger would send a message of their own`(name: String) throws {
        let mail = try message(event(.verifyEmail, values: ["name": name]))
        #expect(mail.text.contains("Hello,\n"))
        #expect(!mail.html.contains(name))
    }

    @Test(arguments: ["Ada Lovelace", "J. R. R. Tolkien", "Dr. Grace Hopper", "O’Hara", "李小龍", "علي"])
    func `greet people by their names`(name: String) throws {
        #expect(try message(event(.verifyEmail, values: ["name": name])).text.contains("Hello \(name),"))
    }

    @Test func `make what people typed harmless: no markup, no lines, no turned direction (CVE-2021-42574)`() throws {
        let mail = try message(
            event(
                .invitation,
                values: [
                    "plant": "<b onclick=x>\"'&`\u{301}\"\u{301}", "inviter": "Bob\r\n\r\nBcc: x\u{202E}gpj",
                ]))
        #expect(mail.html.contains("&lt;b onclick=x&gt;&quot;&#39;&amp;&#96;\u{301}&quot;\u{301}"))
        #expect(!mail.html.contains("<b "))
        #expect(mail.text.contains("Bob Bcc: xgpj"))
        _ = try mail.bytes()
    }

    @Test func `give way to a site's own, one by one, and to more languages`() throws {
        let own = try templates([
            "verify_email.en.txt.mustache": "Subject: Welcome, {{name}}\n\nGo to {{link}}",
            "verify_email.fr.txt.mustache": "Subject: Bienvenue\n\n{{link}}",
            "verify_email.fr.html.mustache": "<p>{{link}}</p>",
            "layout.html.mustache": "<body class=own>{{>content}}</body>",
        ])
        let now = Timestamp(seconds: 0)
        let english = try #require(
            own.message(for: event(.verifyEmail, values: ["name": "A\u{7}da"]), createdAt: now, from: try sender()))
        #expect(english.subject == "Welcome, A da")
        #expect(english.text.hasPrefix("Go to https://"))
        #expect(english.html.hasPrefix("<body class=own><h1>"))
        let french = try #require(
            own.message(for: event(.verifyEmail, language: "fr-CA"), createdAt: now, from: try sender()))
        #expect(french.language == "fr")
        #expect(
            french.html == "<body class=own><p>https://login.example.com/.gatehouse/reset?token=abc&amp;x=1</p></body>")
        #expect(own.message(for: event(language: "fr"), createdAt: now, from: try sender())?.language == "en")
    }

    @Test(arguments: [
        ("verify_mail.en.txt.mustache", "x", "not a name"),
        ("verify_email.en.txt.mustache", "Go to {{link}}", "Subject"),
        ("verify_email.en.txt.mustache", "Subject: x\n\n{{#name}}", "verify_email.en.txt.mustache"),
        ("verify_email.en.html.mustache", "{{#name}}{{/link}}", "verify_email.en.html.mustache"),
        ("verify_email.fr.txt.mustache", "Subject: x\n\nx", "has no verify_email.fr.html.mustache"),
        ("verify_email.fr.html.mustache", "x", "has no verify_email.fr.txt.mustache"),
        ("layout.html.mustache", "x", "content"),
    ])
    func `of a site that cannot be used are named, before a mail is lost`(
        name: String, text: String, complaint: String
    ) throws {
        let error = #expect(throws: MailTemplateError.self) { _ = try templates([name: text]) }
        #expect(error?.problems.contains { $0.hasPrefix(name) && $0.contains(complaint) } == true)
    }

    @Test func `of a language that a site has not are an error when it chooses it`() {
        #expect(throws: MailTemplateError.self) { _ = try templates(language: "fr") }
    }

    @Test func `come from the files of a folder`() throws {
        let folder = try SMTPTestServer.makeFolder()
        try Data("Subject: x\n\ny".utf8).write(to: folder.appending(path: "verify_email.en.txt.mustache"))
        try Data("x".utf8).write(to: folder.appending(path: "README.md"))
        #expect(try TemplateFolder.read(folder.path()).keys.sorted() == ["verify_email.en.txt.mustache"])
        try Data([0xFF, 0xFE]).write(to: folder.appending(path: "layout.html.mustache"))
        #expect(throws: MailTemplateError.self) { _ = try TemplateFolder.read(folder.path()) }
        #expect(throws: MailTemplateError.self) { _ = try TemplateFolder.read(folder.path() + "nowhere") }
    }
}
