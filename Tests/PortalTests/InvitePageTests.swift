import Accounts
import GatehouseTesting
import Identity
import Portal
import Testing

@Suite struct `Inviting somebody` {
    private static let path = "/.gatehouse/account/invitations"

    private func membership(_ code: String, _ id: Int32, _ role: Role, until: Timestamp? = nil) -> PlantMembership {
        PlantMembership(
            plantID: PlantID(id), plantCode: code, plantName: "Werk \(code)", role: role, expiresAt: until)
    }

    private func signedIn(
        _ stage: Stage, roles: [String] = ["user"], memberships: [PlantMembership]
    ) async throws -> Browser {
        try await stage.addUser(roles: roles, memberships: memberships)
        let browser = stage.browser()
        _ = try await browser.signIn()
        return browser
    }

    @Test func `is for whoever administers a plant, and sends a mail that offers the role`() async throws {
        let stage = try Stage(people: PeopleSettings(registration: .invite))
        let browser = try await signedIn(
            stage, memberships: [membership("graz", 1, .admin), membership("lyon", 2, .engineer)])
        #expect(await browser.get("/.gatehouse/").text.contains("href=\"\(Self.path)\""))
        let page = await browser.get(Self.path).text
        #expect(page.contains("<option value=\"graz\"") && !page.contains("<option value=\"lyon\""))
        let sent = try await browser.submit(
            Self.path, [("email", "new@example.com"), ("plant", "graz"), ("role", "supervisor")])
        let after = try await browser.follow(sent)
        for text in ["on its way", "new@example.com", "Werk graz · Supervisor", "aria-label=\"Take back: new@"] {
            #expect(after.text.contains(text), "\(text)")
        }
        let offer = await stage.browser().get(try stage.mailedLink())
        #expect(offer.text.contains("Werk graz") && offer.text.contains("Supervisor"))

        let taken = await browser.post(Self.path + "/revoke", after.hiddenFields.map { ($0.key, $0.value) })
        #expect(try await browser.follow(taken).text.contains("taken back"))
        #expect(await stage.browser().get(try stage.mailedLink()).status == 400)
    }

    @Test func `is for a global administrator in every plant`() async throws {
        let stage = try Stage(people: PeopleSettings(registration: .invite))
        _ = try await stage.stores.plants.create(code: "oslo", name: "Oslo")
        let browser = try await signedIn(stage, roles: ["user", "ADMIN"], memberships: [])
        #expect(await browser.get(Self.path).text.contains("<option value=\"oslo\""))
    }

    @Test func `is for nobody else`() async throws {
        let stage = try Stage(people: PeopleSettings(registration: .invite))
        let over = stage.clock.now() + .seconds(60)
        let browser = try await signedIn(
            stage, memberships: [membership("graz", 1, .engineer), membership("lyon", 2, .admin, until: over)])
        let form = await browser.get(Self.path).hiddenFields.map { ($0.key, $0.value) }
        stage.clock.advance(.seconds(61))
        #expect(await !browser.get("/.gatehouse/").text.contains(Self.path))
        #expect(await browser.get(Self.path).status == 403)
        for plant in ["graz", "lyon", "nowhere"] {
            let fields = form + [("email", "new@example.com"), ("plant", plant), ("role", "operator")]
            let answer = await browser.post(Self.path, fields)
            #expect(answer.status == 403, "\(plant): a plant that there is looks like one that there is not")
        }
        #expect(stage.stores.outbox.mails.isEmpty)
    }

    @Test func `from another plant takes nothing back`() async throws {
        let stage = try Stage(people: PeopleSettings(registration: .invite))
        let browser = try await signedIn(stage, memberships: [membership("graz", 1, .admin)])
        let sent = try await browser.submit(
            Self.path, [("email", "new@example.com"), ("plant", "graz"), ("role", "operator")])
        let own = try await browser.follow(sent).hiddenFields
        try await stage.addUser(
            "eve", email: "eve@example.com", memberships: [membership("lyon", 2, .admin)])
        let other = stage.browser()
        _ = try await other.signIn(username: "eve")
        let csrf = try #require(await other.get(Self.path).hiddenFields["csrf"])
        for (plant, status) in [("graz", 403), ("lyon", 303)] {
            let form = [("csrf", csrf), ("invitation", own["invitation"] ?? ""), ("plant", plant)]
            #expect(await other.post(Self.path + "/revoke", form).status == status)
        }
        #expect(await stage.browser().get(try stage.mailedLink()).status == 200, "it is open still")
    }

    @Test func `is not offered where registration is closed`() async throws {
        let stage = try Stage(people: PeopleSettings(registration: .closed))
        let browser = try await signedIn(stage, memberships: [membership("graz", 1, .admin)])
        #expect(await !browser.get("/.gatehouse/").text.contains(Self.path))
        #expect(await browser.get(Self.path).status == 403)
    }

    @Test func `needs an address, a role and the secret of its form (CSRF)`() async throws {
        let stage = try Stage(people: PeopleSettings(registration: .invite))
        let browser = try await signedIn(stage, memberships: [membership("graz", 1, .admin)])
        for (email, status) in [("", 422), ("nonsense", 422), ("a@b.example\r\nBcc: x@y.example", 422)] {
            let page = try await browser.submit(Self.path, [("email", email), ("plant", "graz"), ("role", "operator")])
            #expect(page.status == status)
            #expect(page.text.contains("<a href=\"#email\">Email: "))
        }
        let role = try await browser.submit(Self.path, [("email", "a@b.example"), ("plant", "graz"), ("role", "king")])
        #expect(role.status == 400)
        let bare = [("email", "a@b.example"), ("plant", "graz"), ("role", "operator")]
        #expect(await browser.post(Self.path, bare).status == 403)
        #expect(stage.stores.outbox.mails.isEmpty)
    }
}
