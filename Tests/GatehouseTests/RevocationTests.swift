import Testing

/// What the command line takes away is gone at the gateway within `database.staleness`.
struct RevocationTests {
    @Test(arguments: ["session", "suspension", "role", "password"])
    func `access ends within the staleness`(what: String) async throws {
        try await Site.with(change: { $0.staleness = "1s" }) { site in
            let url = "https://spc.localhost/plants/detroit/x"
            let erin = try await site.client(as: "erin")
            #expect(try await erin.ask(url).status == 200)
            switch what {
            case "session":
                let id = try #require(try await site.shell.list("session", "list", "erin").first?["id"] as? String)
                _ = try await site.shell.object("session", "revoke", id)
            case "suspension": _ = try await site.shell.object("user", "suspend", "erin")
            case "role": _ = try await site.shell.object("role", "revoke", "erin", "detroit")
            default: _ = try await site.shell.object("user", "set-password", "erin", input: "another pass phrase\n")
            }
            let expected = what == "role" ? 403 : 401
            try await Task.sleep(for: .milliseconds(1_100))
            #expect(try await erin.ask(url).status == expected)
        }
    }
}
