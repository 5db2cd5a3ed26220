import Foundation
import GatehouseTesting
import Testing

/// Mail as the built program delivers it.
struct MailTests {
    private func insert(_ recipient: String, database: String) async throws {
        let name = String(database.dropFirst("postgresql:///".count).prefix { $0 != "?" })
        try await PrivatePostgres.shared().psql(
            """
            INSERT INTO outbox (kind, recipient, link, link_expires_at, variables)
            VALUES ('verify_email', '\(recipient)', 'https://localhost/.gatehouse/verify?token=x',
                now() + interval '1 hour', '{"name": "Ada"}')
            """, database: name)
    }

    private func mails(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.map { Scratch.text("\(folder)/\($0)") }
    }

    @Test func `is written once by two gateways, soon after the transaction, and counted`() async throws {
        let database = try await People.database()
        let folders = [Scratch.make(), Scratch.make()]
        func sections(_ index: Int) -> String {
            "mail: {from: \"Works <no-reply@example.com>\", folder: \(folders[index])}"
        }
        try await Site.with(database: database, change: { $0.sections = sections(0) }) { one in
            try await Site.with(database: database, change: { $0.sections = sections(1) }) { _ in
                for number in 0..<20 { try await insert("u\(number)@example.com", database: database) }
                try await eventually("all mails are written") { folders.flatMap(mails).count >= 20 }
                let texts = folders.flatMap(mails)
                #expect(texts.count == 20)
                #expect(Set(texts.compactMap { $0.split(separator: "\n").first }).count == 20)
                #expect(texts.allSatisfy { $0.contains("\nhttps://localhost/.gatehouse/verify?token=x\n") })
            }
            try await eventually("the metrics tell") {
                try await one.gateway.metric("gatehouse_mail_queue_length") == 0
            }
            #expect(try await one.gateway.metric("gatehouse_mail_deliveries_total{outcome=\"refused\"}") == 0)
        }
    }

    @Test func `goes where a new configuration says, and stays where it was if that is bad`() async throws {
        let database = try await People.database()
        let folders = [Scratch.make(), Scratch.make()]
        let templates = Scratch.make()
        try await Site.with(
            database: database, change: { $0.sections = "mail: {from: a@example.com, folder: \(folders[0])}" }
        ) { site in
            let first = try String(contentsOfFile: site.gateway.configuration, encoding: .utf8)
            try Scratch.write("Go to {{link}}", "verify_email.en.txt.mustache", in: templates)
            let bad = first.replacing(folders[0], with: "\(folders[1]), templates: \(templates)")
            try await site.gateway.reload(bad)
            #expect(site.gateway.child.errorText.contains("does not begin with"))
            try await insert("first@example.com", database: database)
            try await eventually("the former configuration goes on") { mails(folders[0]).count == 1 }

            try Scratch.write("Subject: Own\n\nGo to {{link}}", "verify_email.en.txt.mustache", in: templates)
            try await site.gateway.reload(bad)
            try await insert("second@example.com", database: database)
            try await eventually("the new one is in effect") { mails(folders[1]).count == 1 }
            #expect(mails(folders[1]).first?.contains("Subject: Own\n\nGo to https://") == true)
        }
    }

    @Test func `is shown on a page where the configuration says so, without what is no mail, and nowhere else`()
        async throws
    {
        let database = try await People.database()
        let folder = Scratch.make()
        try Data([0xFF, 0xFE]).write(to: URL(filePath: "\(folder)/99990101T000000Z-broken.txt"))
        try Scratch.write(String(repeating: "huge", count: 40_000), "99990102T000000Z-huge.txt", in: folder)
        let show = "mail: {from: a@example.com, folder: \(folder), show: true}"
        try await Site.with(database: database, change: { $0.sections = show }) { site in
            try await insert("new@example.com", database: database)
            try await eventually("the mail is shown") {
                try await site.gateway.client().load("https://localhost/.gatehouse/mails").body
                    .contains("href=\"https://localhost/.gatehouse/verify?token=x\"")
            }
            let page = try await site.gateway.client().load("https://localhost/.gatehouse/mails")
            #expect(page.status == 200 && !page.body.contains("huge"))
            #expect(site.gateway.child.errorText.contains("mails are shown to everybody"))
            let text = try String(contentsOfFile: site.gateway.configuration, encoding: .utf8)
            try await site.gateway.reload(text.replacing(", show: true", with: ""))
            try await eventually("it is shown no more") {
                try await site.gateway.client().load("https://localhost/.gatehouse/mails").status == 404
            }
        }
    }

    @Test func `of a configuration that could not be sent is told by check`() async throws {
        var configuration = Configuration(database: "postgresql:///x", application: "http://127.0.0.1:1")
        configuration.sections = "mail: {from: nobody, folder: x}"
        let answer = try await Binary.run("check", "--config", try await configuration.file())
        #expect(answer.code == 2)
        #expect(answer.output.contains("\"nobody\" is no address"))
    }
}
