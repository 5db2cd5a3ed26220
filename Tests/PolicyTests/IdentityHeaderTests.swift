import HTTPMessage
import Identity
import Testing

@testable import Policy

private func lines(_ template: IdentityTemplate, _ principal: Principal?, session: Bool = true) throws -> [String] {
    let routes = try table([route("r", "/{plant}/**", identity: template)])
    let permit = try #require(routes.decide("GET", "h", "/detroit", principal).permit)
    var output = ByteBuffer(minimumCapacity: 16)
    IdentityHeaders.render(
        for: permit, session: session ? SessionID(UUID128(high: 3, low: 4)) : nil, into: &output)
    let text = output.span.decoded
    #expect(text.isEmpty || text.hasSuffix("\r\n"))
    return text.split(separator: "\r\n").map(String.init)
}

@Suite struct `Identity headers` {
    @Test func `of the preset gatehouse tell all that is known`() throws {
        #expect(
            try lines(.gatehouse, person(["detroit": .engineer], global: ["user", "ADMIN"])) == [
                "X-Gatehouse-User-Id: 00000000-0000-0001-0000-000000000002", "X-Gatehouse-User: ada",
                "X-Gatehouse-Email: ada@example.com", "X-Gatehouse-Name: Ada", "X-Gatehouse-Plant: detroit",
                "X-Gatehouse-Plant-Id: 1", "X-Gatehouse-Role: engineer", "X-Gatehouse-Roles: user,ADMIN",
                "X-Gatehouse-Session-Id: 00000000-0000-0003-0000-000000000004",
            ])
    }

    @Test func `leave out what is not known`() throws {
        #expect(
            try lines(.gatehouse, person(username: nil, email: nil, name: nil), session: false) == [
                "X-Gatehouse-User-Id: 00000000-0000-0001-0000-000000000002", "X-Gatehouse-Roles: ",
            ])
        #expect(try lines(.gatehouse, nil).isEmpty)
        #expect(try lines(.none, person()).isEmpty)
    }

    @Test func `of the other presets are those that applications read`() throws {
        let ada = person(["detroit": .operator], global: ["a", "b"])
        #expect(
            try lines(.forwarded, ada) == [
                "X-Forwarded-User: ada", "X-Forwarded-Email: ada@example.com", "X-Forwarded-Groups: a,b",
                "X-Forwarded-Preferred-Username: ada",
            ])
        #expect(
            try lines(.remoteUser, ada) == [
                "Remote-User: ada", "Remote-Email: ada@example.com", "Remote-Name: Ada", "Remote-Groups: a,b",
            ])
        #expect(
            try lines(.grafana, ada) == [
                "X-WEBAUTH-USER: ada", "X-WEBAUTH-EMAIL: ada@example.com", "X-WEBAUTH-NAME: Ada",
                "X-WEBAUTH-ROLE: operator",
            ])
    }

    @Test func `of a map are made of text and facts`() throws {
        let template = try IdentityTemplate(map: [
            ("X-Who", "{name} <{email}>"), ("X-Scope", "plant:{plant_id}:{role}"), ("X-Site", "{plant_name}"),
            ("X-Fixed", "gateway"),
        ])
        #expect(
            try lines(template, person(["detroit": .admin])) == [
                "X-Who: Ada <ada@example.com>", "X-Scope: plant:1:admin", "X-Site: Plant detroit", "X-Fixed: gateway",
            ])
        #expect(
            try lines(template, person()) == ["X-Who: Ada <ada@example.com>", "X-Scope: plant::", "X-Fixed: gateway"])
    }

    @Test(arguments: [
        ("Zoë Müller", "Zo%C3%AB M%C3%BCller"), ("a\r\nX-Gatehouse-Role: admin", "a%0D%0AX-Gatehouse-Role: admin"),
        ("100%", "100%25"), ("%0D%0A", "%250D%250A"), (" padded ", "%20padded%20"), ("tab\tnul\u{0}", "tab%09nul%00"),
        ("\u{7F}", "%7F"), ("山田", "%E5%B1%B1%E7%94%B0"), ("👷🏽", "%F0%9F%91%B7%F0%9F%8F%BD"),
        ("\u{202E}evil", "%E2%80%AEevil"),
        ("a\nb", "a%0Ab"), ("\u{85}", "%C2%85"), ("", ""), (" ", "%20"), ("O'Brien, \"Al\"", "O'Brien, \"Al\""),
    ])
    func `are visible ASCII whatever a name holds`(name: String, encoded: String) throws {
        let lines = try lines(.gatehouse, person(name: name))
        #expect(lines.contains("X-Gatehouse-Name: \(encoded)"))
        #expect(lines.count == 6)
        #expect(encoded.removingPercentEscapes == name)
        for line in lines { #expect(line.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }) }
    }

    @Test func `keep a list apart when a role has a comma`() throws {
        let lines = try lines(.gatehouse, person(global: ["A,B", "C", "ü"]))
        #expect(lines.contains("X-Gatehouse-Roles: A%2CB,C,%C3%BC"))
    }

    @Test(arguments: [
        "", "X Who", "X-Who:", "X\r\nY", "Host", "content-length", "Transfer_Encoding", "Cookie", "Authorization",
        "Connection", "X-Forwarded-For", "X-Request-Id", "User-Agent", "Sec-Fetch-Site", "é",
    ])
    func `cannot take a name that means something else`(name: String) {
        #expect(throws: PatternProblem.self) { try IdentityTemplate(map: [(name, "{user}")]) }
    }

    @Test(arguments: ["{users}", "{user", "{}", "a\r\nb", "é", "{user}{", "\u{7F}"])
    func `cannot be made of a template that is none`(template: String) {
        #expect(throws: PatternProblem.self) { try IdentityTemplate(map: [("X-Who", template)]) }
    }

    @Test func `cannot have one name twice`() {
        #expect(throws: PatternProblem.self) { try IdentityTemplate(map: [("X-Who", "{user}"), ("x_who", "{email}")]) }
    }
}

@Suite struct `Identity fields of a client` {
    @Test(arguments: [
        "X-Gatehouse-User", "x-gatehouse-role", "X_Gatehouse_Role", "x-GATEHOUSE_anything-else", "X-Forwarded-User",
        "X_FORWARDED_GROUPS", "Remote-User", "remote_user", "REMOTE-GROUPS", "X-WEBAUTH-USER", "x_webauth_role",
        "X-WebAuth-New", "X-Auth-Request-Email", "X-Own-User", "x_own_user",
    ])
    func `are removed whatever their spelling (CVE-2025-64484, CVE-2025-48865)`(name: String) throws {
        let own = try IdentityTemplate(map: [("X-Own_User", "{user}")])
        let routes = try table([route("a", "/a", identity: own), route("b", "/b", identity: .none)])
        let isRemoved = routes.identityFields.contains(name.utf8.span)
        #expect(isRemoved)
    }

    @Test(arguments: [
        "X-Gatehous", "X-Gatehouse", "Accept", "X-Forwarded-Users", "X-Requested-With", "Remote", "x", "", "X-Web-Auth",
        "X-Own-Users", "Authorization",
    ])
    func `are not confused with others`(name: String) throws {
        let isRemoved = try table([route("a")]).identityFields.contains(name.utf8.span)
        #expect(!isRemoved)
    }
}

extension String {
    fileprivate var removingPercentEscapes: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
