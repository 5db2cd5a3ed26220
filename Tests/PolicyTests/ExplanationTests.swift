import Identity
import Testing

@testable import Policy

@Suite struct `An explanation` {
    private func routes() throws -> RouteTable {
        let operators = Requirement([
            Requirement.Clause(methods: ["GET"], condition: .person(role: .operator, anyRole: nil, users: nil)),
            Requirement.Clause(methods: nil, condition: .person(role: .engineer, anyRole: nil, users: nil)),
        ])
        return try table([
            route("assets", "spc.example.com /assets/**"),
            route("spc", "spc.example.com /plants/{plant}/**", require: operators),
            route("rest", "*.example.com", require: Requirement(.signedIn)), route("other", "www.example.org"),
        ])
    }

    @Test func `tells the whole way of an allowed request`() throws {
        let explanation = try routes().explain(
            method: "GET", host: "SPC.example.com", path: "/%70lants/detroit/./x",
            principal: person(["detroit": .engineer]),
            at: noon)
        #expect(
            explanation.description
                == """
                GET spc.example.com/%70lants/detroit/./x
                  normal form   /plants/detroit/x
                  route         spc  (spc.example.com /plants/{plant}/**)
                  passed over   rest  (*.example.com /**): matches too, but the host spc.example.com is more specific \
                than the host *.example.com
                  passed over   assets  (spc.example.com /assets/**): segment 1 is "plants", not "assets"
                                and 1 more, for other hosts or paths
                  plant         detroit, from the path: engineer in detroit
                  requires      role operator in the plant
                  as            ada: detroit=engineer
                  decision      allow
                  upstream      app, which gets
                                X-Gatehouse-User-Id: 00000000-0000-0001-0000-000000000002
                                X-Gatehouse-User: ada
                                X-Gatehouse-Email: ada@example.com
                                X-Gatehouse-Name: Ada
                                X-Gatehouse-Plant: detroit
                                X-Gatehouse-Plant-Id: 1
                                X-Gatehouse-Role: engineer
                                X-Gatehouse-Roles: \n
                """.replacing(" \n", with: " "))
    }

    @Test func `tells why not`() throws {
        let denied = try routes().explain(
            method: "PUT", host: "spc.example.com", path: "/plants/lyon/x", principal: person(["detroit": .admin]),
            at: noon)
        #expect(denied.code == "role_missing")
        #expect(denied.status == 403)
        #expect(denied.requirement == "role engineer in the plant")
        #expect(denied.plant?.role == nil)
        #expect(denied.description.contains("decision      deny 403 role_missing"))
        #expect(denied.description.contains("no role there, or no such plant"))
        #expect(denied.headers.isEmpty)
    }

    @Test func `tells that a role has ended`() throws {
        let ended = try routes().explain(
            method: "GET", host: "spc.example.com", path: "/plants/detroit",
            principal: person(["detroit": .admin], until: noon),
            at: noon)
        #expect(ended.plant?.hasEnded == true)
        #expect(!ended.isAllowed)
    }

    @Test(arguments: [
        ("/a%00", "control_byte_in_path"), ("/plants/..;/assets", "ambiguous_path"), ("/a%2fb", "encoded_slash"),
    ])
    func `tells why a path is refused`(path: String, code: String) throws {
        let refused = try routes().explain(method: "GET", host: "spc.example.com", path: path, principal: nil, at: noon)
        #expect(refused.code == code)
        #expect(refused.status == 400)
        #expect(refused.normalPath == nil)
    }

    @Test func `tells that no route is found`() throws {
        let lost = try routes().explain(
            method: "GET", host: "www.example.org.evil", path: "/", principal: nil, at: noon)
        #expect(lost.code == "no_route")
        #expect(lost.route == nil)
        #expect(lost.routesNotShown == 4)
        #expect(lost.person == nil)
    }
}
