import Foundation
import Testing

/// People, plants, roles and sessions by the command line, as an operator's scripts use it.
struct AccountCommandsTests {
    @Test func `a user is created, shown, suspended, activated, deleted and restored`() async throws {
        let shell = Shell(database: try await People.database())
        let created = try await shell.object(
            "user", "create", "zoë", "--email", "zoe@example.com", "--name", "Zoë Q", "--role", "MARKETING",
            input: "\(People.password)\n")
        #expect(created["username"] as? String == "zoë")
        #expect(created["status"] as? String == "active")
        #expect(created["roles"] as? [String] == ["MARKETING"])
        #expect(UUID(uuidString: created["id"] as? String ?? "") != nil)
        let id = try #require(created["id"] as? String)

        for reference in ["zoë", "ZOE@example.com", id] {
            #expect(try await shell.object("user", "show", reference)["id"] as? String == id, "\(reference)")
        }
        #expect(try await shell.object("user", "suspend", "zoë")["status"] as? String == "suspended")
        #expect(try await shell.object("user", "activate", "zoë")["status"] as? String == "active")
        _ = try await shell.object("user", "delete", "zoë")
        #expect(try await shell.run("user", "show", "zoë").code == 1)
        #expect(try await shell.object("user", "restore", id)["status"] as? String == "suspended")
        #expect(try await shell.object("user", "activate", id)["status"] as? String == "active")
        #expect(try await shell.list("user", "list").contains { $0["id"] as? String == id })
        #expect(try await shell.list("user", "list", "--limit", "1").count == 1)
    }

    @Test func `a user without a password is one who waits for verification, if so asked`() async throws {
        let shell = Shell(database: try await People.database())
        let user = try await shell.object(
            "user", "create", "later", "--no-password", "--status", "pending_verification")
        #expect(user["status"] as? String == "pending_verification")
        #expect(try await shell.run("session", "create", "later").code == 1)
    }

    @Test func `no answer of the command line holds a password, a hash or a token`() async throws {
        let shell = Shell(database: try await People.database())
        let cookie = try await shell.run("session", "create", "erin").output.trimmingCharacters(in: .newlines)
        for arguments in [["user", "show", "erin"], ["user", "list"], ["session", "list", "erin"]] {
            for form in [[], ["--json"]] {
                let text = try await shell.run(arguments + form).output
                #expect(!text.contains("argon2") && !text.contains(People.password) && !text.contains(cookie))
            }
        }
    }

    @Test func `setting a password ends the sessions that the old one opened`() async throws {
        let shell = Shell(database: try await People.database())
        _ = try await shell.run("session", "create", "erin")
        #expect(try await shell.run("user", "set-password", "erin", input: "another pass phrase\n").code == 0)
        let sessions = try await shell.list("session", "list", "erin")
        #expect(sessions.allSatisfy { $0["revocation_reason"] as? String == "password_changed" })
    }

    @Test func `a plant is created, listed, renamed and deleted`() async throws {
        let shell = Shell(database: try await People.database())
        let graz = try await shell.object("plant", "create", "graz", "--name", "Werk Graz")
        #expect(Set(graz.keys) == ["id", "code", "name", "is_active"])
        let id = try #require(graz["id"] as? Int)
        let renamed = try await shell.object("plant", "rename", "graz", "gratz")
        #expect(renamed["code"] as? String == "gratz" && renamed["id"] as? Int == id)
        #expect(
            try await shell.list("plant", "list").compactMap { $0["code"] as? String }.sorted()
                == ["detroit", "gratz", "lyon"])
        _ = try await shell.object("plant", "delete", String(id))
        #expect(try await shell.list("plant", "list").count == 2)
    }

    @Test func `a role is granted in place of another, until a day, and revoked`() async throws {
        let shell = Shell(database: try await People.database())
        let grant = try await shell.object("role", "grant", "nora", "lyon", "operator", "--until", "2099-01-31")
        #expect(grant["user"] as? String == "nora" && grant["plant"] as? String == "lyon")
        #expect(grant["until"] as? String == "2099-01-31T00:00:00Z")
        let later = try await shell.object("role", "grant", "nora", "lyon", "admin", "--until", "2099-01-31T18:00:00Z")
        #expect(later["role"] as? String == "admin" && later["until"] as? String == "2099-01-31T18:00:00Z")
        #expect(try await shell.list("role", "list", "--user", "nora").count == 1)
        #expect(try await shell.list("role", "list", "--plant", "lyon").count == 2)
        _ = try await shell.object("role", "revoke", "nora", "lyon")
        #expect(try await shell.list("role", "list", "--user", "nora").isEmpty)
        #expect(try await shell.run("role", "list", "--user", "nora").output == "Nobody holds a role here.\n")
        #expect(try await shell.run("role", "revoke", "nora", "lyon").code == 1)
    }

    @Test func `sessions are created by the number, listed, and ended one by one or all`() async throws {
        let shell = Shell(database: try await People.database())
        let cookies = try await shell.run("session", "create", "erin", "--count", "12").output.split(separator: "\n")
        #expect(cookies.count == 12 && Set(cookies).count == 12)
        #expect(cookies.allSatisfy { $0.hasPrefix("ghs_") && $0.utf8.count == 47 })
        #expect(try await shell.list("session", "create", "erin").first?["cookie"] is String)

        let sessions = try await shell.list("session", "list", "erin")
        #expect(sessions.count == 13)
        let one = try #require(sessions.first?["id"] as? String)
        _ = try await shell.object("session", "revoke", one)
        let live = try await shell.list("session", "list", "erin").filter { $0["revoked_at"] == nil }
        #expect(live.count == 12)
        #expect(try await shell.run("session", "revoke-all", "erin").output.contains("12 sessions ended"))
        #expect(try await shell.run("session", "create", "erin", "--count", "0").code == 2)
    }

    /// Code 2: what was given is not right. 1: it failed. Every sentence says what to do or what would do.
    @Test(arguments: [
        (["user", "show", "nobody"], "", 1, "There is no such user"),
        (["user", "create", "erin"], "a long enough password\n", 1, "username is already taken"),
        (["user", "create", "other", "--email", "ERIN@example.com"], "a long enough password\n", 1, "already taken"),
        (["user", "create", "other"], "short\n", 2, "at least 15 characters"),
        (["user", "create", "other"], "", 2, "expected on standard input"),
        (["user", "create", "a b"], "a long enough password\n", 2, "3 to 50 visible characters"),
        (["user", "create", "other", "--status", "asleep"], "", 2, "active or pending_verification"),
        (["user", "set-password", "erin"], "short\n", 2, "at least 15 characters"),
        (["user", "list", "--limit", "0"], "", 64, "--limit"),
        (["plant", "create", "detroit"], "", 1, "already taken"),
        (["plant", "create", "a/b"], "", 2, "letters, digits"),
        (["plant", "delete", "atlantis"], "", 1, "no such plant"),
        (["role", "grant", "erin", "detroit", "boss"], "", 2, "operator, supervisor, engineer, admin"),
        (["role", "grant", "erin", "atlantis", "admin"], "", 1, "no such plant"),
        (["role", "grant", "nobody", "detroit", "admin"], "", 1, "no such user"),
        (["role", "grant", "erin", "detroit", "admin", "--until", "soon"], "", 2, "2030-01-31"),
        (["session", "revoke", "17"], "", 2, "session list"),
        (["session", "revoke", "00000000-0000-4000-8000-000000000000"], "", 1, "no such live session"),
        (["session", "list", "nobody"], "", 1, "no such user"),
        (["plant", "create"], "", 64, "code"),
        (["plant", "paint"], "", 64, "usage"),
    ])
    func `what cannot be done ends with its code and a sentence on standard error`(
        arguments: [String], input: String, code: Int, sentence: String
    ) async throws {
        let shell = Shell(database: try await People.database())
        let outcome = try await shell.run(arguments, input: input)
        #expect(Int(outcome.code) == code)
        #expect(outcome.errors.localizedCaseInsensitiveContains(sentence), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
    }

    @Test func `a password comes by standard input and never by an argument`() async throws {
        let shell = Shell(database: try await People.database())
        for word in ["--password", "-p"] {
            #expect(try await shell.run("user", "create", "other", word, "a long enough password").code == 64)
        }
    }

    @Test func `hash-password prints an Argon2id hash of the line it reads`() async throws {
        let plain = try await Binary.run("hash-password", input: "\(People.password)\nnot this line\n")
        #expect(plain.code == 0)
        #expect(plain.output.hasPrefix("$argon2id$v=19$m=65536,t=3,p=4$"))
        let json = try await Binary.run("hash-password", "--json", input: People.password).object
        #expect((json["hash"] as? String)?.hasPrefix("$argon2id$") == true)
        #expect(try await Binary.run("hash-password").code == 2)
        #expect(try await Binary.run("hash-password", input: String(repeating: "x", count: 100_000)).code == 2)
    }
}

/// The program with a database.
struct Shell {
    let database: String

    func run(_ arguments: String..., input: String = "") async throws -> Binary.Outcome {
        try await run(arguments, input: input)
    }

    func run(_ arguments: [String], input: String = "") async throws -> Binary.Outcome {
        try await Binary.run(arguments + ["--database", database], input: input)
    }

    /// What it prints with `--json`, where that is one object.
    func object(_ arguments: String..., input: String = "") async throws -> [String: Any] {
        try await succeed(arguments, input).object
    }

    /// What it prints with `--json`, where that is an array.
    func list(_ arguments: String...) async throws -> [[String: Any]] { try await succeed(arguments, "").list }

    private func succeed(_ arguments: [String], _ input: String) async throws -> Binary.Outcome {
        let outcome = try await run(arguments + ["--json"], input: input)
        try #require(outcome.code == 0, "\(arguments): \(outcome.errors)")
        #expect(outcome.errors.isEmpty)
        return outcome
    }
}
