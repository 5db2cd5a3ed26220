import GatehouseTesting
import Testing

/// `gatehouse migrate`, and which database a command works on.
struct DatabaseCommandsTests {
    @Test func `migrations go up, all or up to one, tell where they stand, and come down`() async throws {
        let shell = Shell(database: try await PrivatePostgres.shared().createDatabase())
        let before = try await shell.list("migrate", "status")
        #expect(before.count >= 8)
        #expect(before.allSatisfy { $0["state"] as? String == "pending" && $0["applied_at"] == nil })

        #expect(try await shell.list("migrate", "up", "--to", "2").compactMap { $0["version"] as? Int } == [1, 2])
        #expect(try await shell.list("migrate", "up").count == before.count - 2)
        #expect(try await shell.list("migrate", "up").isEmpty)
        #expect(try await shell.run("migrate", "up").output == "The schema is up to date.\n")
        let after = try await shell.list("migrate", "status")
        #expect(after.allSatisfy { $0["state"] as? String == "applied" && $0["applied_at"] is String })

        let last = try #require(before.last?["version"] as? Int)
        #expect(try await shell.list("migrate", "down").first?["version"] as? Int == last)
        #expect(try await shell.list("migrate", "down", "--to", "0").count == before.count - 1)
        #expect(try await shell.run("migrate", "down").output == "There is nothing to take back.\n")
    }

    @Test func `a database without the schema is told from one that is away`() async throws {
        let empty = try await PrivatePostgres.shared().createDatabase()
        let missing = try await Binary.run("plant", "list", "--database", empty)
        #expect(missing.code == 1)
        #expect(missing.errors.contains("gatehouse migrate up"), "\(missing.errors)")

        let away = try await Binary.run("plant", "list", "--database", "postgresql:///x?host=/nonexistent")
        #expect(away.code == 1)
        #expect(away.errors.contains("Is PostgreSQL running"), "\(away.errors)")
    }

    @Test func `no database and an unusable URL are bad input`() async throws {
        let none = try await Binary.run("plant", "list")
        #expect(none.code == 2)
        #expect(none.errors.contains("GATEHOUSE_DATABASE_URL"), "\(none.errors)")
        let wrong = try await Binary.run("plant", "list", "--database", "nonsense")
        #expect(wrong.code == 2)
        #expect(wrong.errors.contains("postgresql://user@host/database"), "\(wrong.errors)")
    }

    @Test func `the option goes before the environment, and the environment before the configuration`() async throws {
        let good = try await People.database()
        let bad = "postgresql:///x?host=/nonexistent"
        let file = try await Configuration(database: bad, application: "http://127.0.0.1:1").file()
        let environment = ["GATEHOUSE_DATABASE_URL": bad]
        #expect(try await Binary.run("plant", "list", "--database", good, environment: environment).code == 0)
        #expect(
            try await Binary.run("plant", "list", "--config", file, environment: ["GATEHOUSE_DATABASE_URL": good]).code
                == 0)
        #expect(try await Binary.run("plant", "list", "--config", file).code == 1)
        let fine = try await Configuration(database: good, application: "http://127.0.0.1:1").file()
        #expect(try await Binary.run("plant", "list", "--config", fine).code == 0)
    }
}
