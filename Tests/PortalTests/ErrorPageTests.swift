import Identity
import Portal
import Testing

@Suite struct `An error page` {
    private static let principal = Principal(
        userID: UserID(.init(high: 1, low: 2)), username: "ada", email: "ada@example.com", name: nil, globalRoles: [],
        memberships: [
            PlantMembership(plantID: PlantID(1), plantCode: "detroit", plantName: "Detroit", role: .admin),
            PlantMembership(plantID: PlantID(2), plantCode: "graz", plantName: "Graz", role: .operator),
        ])

    private func page(
        _ status: Int, _ code: String = "x", plant: String? = nil, neededRole: Role? = nil, target: String? = nil,
        principal: Principal? = principal, acceptLanguage: String? = nil
    ) throws -> PortalResponse {
        try Stage().portal.errorPage(
            PortalErrorPage(
                status: status, code: code, detail: "Only people of the marketing site.", requestID: "req-77",
                decisionID: "dec-77", scheme: "https", host: "spc.example.com", target: target,
                acceptLanguage: acceptLanguage, principal: principal, plant: plant, neededRole: neededRole))
    }

    @Test func `that refuses says who you are, what is needed, what you hold, and whom to ask`() throws {
        let page = try page(403, plant: "graz", neededRole: .engineer)
        #expect(page.status == 403)
        for text in ["ada", "graz", "Engineer or higher", "Operator", "dec-77", "ask an administrator of plant graz"] {
            #expect(page.text.contains(text), "\(text)")
        }
    }

    @Test func `that refuses does not tell a plant that does not exist from one without a role`() throws {
        let page = try page(403, plant: "atlantis", neededRole: .operator)
        #expect(page.text.contains("<bdi>none</bdi>"))
        #expect(!page.text.contains("exist"))
    }

    @Test func `that refuses for want of a global role names those that would do, in the person's language`() throws {
        let page = try Stage().portal.errorPage(
            PortalErrorPage(
                status: 403, code: "global_role_missing", detail: "This needs one of the roles MARKETING, ADMIN.",
                requestID: "r", decisionID: "d", scheme: "https", host: "www.example.com", acceptLanguage: "de",
                principal: Self.principal, neededGlobalRoles: ["MARKETING", "ADMIN"]))
        #expect(page.text.contains("Eine dieser Rollen") && page.text.contains("<bdi>MARKETING, ADMIN</bdi>"))
        #expect(!page.text.contains("This needs"))
    }

    @Test func `that refuses for another reason says which`() throws {
        #expect(try page(403).text.contains("Only people of the marketing site."))
    }

    @Test(arguments: [
        ("/a?b=1", "rd=%2Fa%3Fb%3D1"), (nil, "rd=%2F\""), ("//evil.com", "rd=%2F\""), ("/\\evil.com", "rd=%2F\""),
    ])
    func `that refuses lets one sign in as somebody else, and come back`(target: String?, expected: String) throws {
        let text = try page(403, target: target).text
        #expect(text.contains("href=\"/.gatehouse/login?switch=1&amp;\(expected)"))
    }

    @Test(arguments: [
        (502, "upstream_unreachable"), (502, "upstream_closed"), (502, "upstream_malformed"), (503, "upstream_busy"),
        (504, "upstream_timeout"), (504, "upstream_connect_timeout"),
    ])
    func `for an application that is down says that the gateway is fine`(status: Int, code: String) throws {
        let page = try page(status, code)
        #expect(page.status == status)
        for text in [
            "application at spc.example.com", "the gateway in front", "req-77",
            "<a class=\"button\" href=\"\">Try again</a>",
        ] {
            #expect(page.text.contains(text), "\(text)")
        }
    }

    @Test func `for accounts that are away does not blame the application`() throws {
        let page = try page(503, "sessions_unavailable")
        #expect(page.text.contains("nobody is let in"))
        #expect(!page.text.contains("application at"))
    }

    @Test(arguments: [
        (404, "Page not found"), (413, "Too much was sent"), (400, "understood"), (500, "our side"), (451, "work"),
    ])
    func `for the rest says what happened`(status: Int, expected: String) throws {
        let page = try page(status, principal: nil)
        #expect(page.status == status)
        #expect(page.text.contains(expected))
        #expect(page.text.contains("req-77"))
    }

    @Test func `speaks the language that the browser asks for`() throws {
        #expect(try page(404, acceptLanguage: "de-CH").text.contains("Seite nicht gefunden"))
    }
}
