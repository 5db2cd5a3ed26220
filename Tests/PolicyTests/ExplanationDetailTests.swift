import Foundation
import Identity
import Testing

@testable import Policy

@Suite struct `What an explanation tells` {
    private static let supervisors = Requirement(.person(role: .supervisor, anyRole: nil, users: nil))

    private func explain(
        _ routes: RouteTable, _ path: String, host: String = "h", as principal: Principal? = nil,
        session: SessionID? = nil
    ) -> Explanation {
        routes.explain(method: "GET", host: host, path: path, principal: principal, session: session, at: noon)
    }

    /// Every host, path, method and person of a small world, some of them hostile.
    @Test func `is what decide says, for everybody and everything`() throws {
        let routes = try table([
            route("public", "/public/**"), route("plants", "h /plants/{plant}/**", require: Self.supervisors),
            route("files", "/files/**", require: Requirement(.signedIn), slashes: true),
            route("reports", "{plant}.h", require: Self.supervisors),
            route("board", "/board", require: Self.supervisors, plant: "detroit"),
            route("get", "/get", require: Requirement([Requirement.Clause(methods: ["GET"], condition: .anyone)])),
            route("admins", "/admin", require: Requirement(.person(role: nil, anyRole: ["ADMIN"], users: ["ada"]))),
        ])
        let people = [
            nil, person(), person(["detroit": .operator]), person(["detroit": .supervisor]),
            person(["detroit": .admin], until: noon), person(global: ["ADMIN"]),
            person(global: ["ADMIN"], username: "eve"),
        ]
        let paths = [
            "/", "/public", "/public/..;/admin", "/plants/detroit/x", "/plants/1", "/plants/lyon", "/plants/detroit.",
            "/files/a%2fb", "/public/a%2fb", "/board", "/get", "/admin", "/Admin", "//admin", "/%00", "/..", "",
            "/%252e",
        ]
        for host in ["h", "H.", "detroit.h", "DETROIT.h", "x.detroit.h"] {
            for path in paths {
                for method in ["GET", "HEAD", "POST"] {
                    for who in people {
                        let told = routes.explain(method: method, host: host, path: path, principal: who, at: noon)
                        switch routes.decide(method, host, path, who) {
                        case .allow(let permit):
                            #expect(told.isAllowed && told.status == 200 && told.code == "allowed")
                            #expect(
                                told.route == permit.route.name
                                    && told.plant?.role == permit.membership?.role.description)
                        case .deny(let denial):
                            #expect(!told.isAllowed && told.status == denial.status && told.code == denial.code)
                            #expect(told.route == denial.route?.name && told.headers.isEmpty)
                            #expect(told.detail == denial.detail)
                        }
                    }
                }
            }
        }
    }

    @Test func `of other routes is why each was passed over, the nearest first`() throws {
        let routes = try table([
            route("rest", "/**"), route("plant", "h /plants/{plant}/**"), route("any", "h /plants/*/x"),
            route("taken", "h /plants/detroit/x"), route("longer", "h /plants/detroit/x/y"),
            route("other", "h /other"), route("slash", "h /plants/"), route("elsewhere", "www"),
        ])
        let told = explain(routes, "/plants/detroit/x")
        #expect(told.route == "taken")
        let reasons = Dictionary(uniqueKeysWithValues: told.passedOver.map { ($0.route, $0.reason) })
        #expect(reasons["plant"] == "matches too, but in segment 2, \"detroit\" comes before {plant}")
        #expect(reasons["any"] == "matches too, but in segment 2, \"detroit\" comes before *")
        #expect(reasons["rest"] == "matches too, but the host h is more specific than every host")
        #expect(reasons["longer"] == "the path ends before \"y\"")
        #expect(reasons["other"] == "segment 1 is \"plants\", not \"other\"")
        #expect(reasons["slash"] == "segment 2 is \"detroit\", where the path must end")
        #expect(reasons["elsewhere"] == nil)
        #expect(Set(told.passedOver.prefix(3).map(\.route)) == ["plant", "any", "rest"])
        #expect(told.routesNotShown == 1)
    }

    @Test func `is short however many routes there are`() throws {
        let told = explain(try table((0..<1_000).map { try route("r\($0)", "/a\($0)") }), "/a7")
        #expect(told.passedOver.count == 20)
        #expect(told.routesNotShown == 979)
    }

    @Test(arguments: [
        ("h", "/plants/detroit", "detroit", Explanation.Plant.Source.path), ("lyon.h", "/", "lyon", .host),
        ("www", "/", "1", .route),
    ])
    func `of the plant is where it comes from`(
        host: String, path: String, plant: String, source: Explanation.Plant.Source
    ) throws {
        let routes = try table([
            route("path", "h /plants/{plant}"), route("host", "{plant}.h"), route("fixed", "www", plant: "1"),
        ])
        let told = explain(routes, path, host: host, as: person(["detroit": .engineer, "lyon": .operator]))
        #expect(told.plant?.reference == plant)
        #expect(told.plant?.source == source)
        #expect(told.plant?.code == (plant == "lyon" ? "lyon" : "detroit"))
    }

    @Test func `of the headers is what the upstream gets`() throws {
        let routes = try table([route("a", identity: .forwarded), route("b", "/b"), route("c", "/c", identity: .none)])
        let ada = person(global: ["user"])
        #expect(
            explain(routes, "/", as: ada).headers.map { "\($0.name): \($0.value)" } == [
                "X-Forwarded-User: ada", "X-Forwarded-Email: ada@example.com", "X-Forwarded-Groups: user",
                "X-Forwarded-Preferred-Username: ada",
            ])
        let session = SessionID(UUID128(high: 5, low: 6))
        #expect(explain(routes, "/b", as: ada, session: session).headers.last?.value == session.description)
        #expect(explain(routes, "/c", as: ada).headers.isEmpty)
        #expect(explain(routes, "/c", as: ada).description.hasSuffix("app, without identity"))
    }

    @Test func `of a path that cannot be read is no guess at routes`() throws {
        let told = explain(try table([route("a", "/a"), route("b", "/b")]), "/a%00")
        #expect(told.passedOver.isEmpty)
        #expect(told.description.contains("normal form   none: The path has a control byte"))
        #expect(told.description.hasSuffix("deny 400 control_byte_in_path: \(told.detail)"))
    }

    @Test func `repeats the query, on which nothing depends`() throws {
        let routes = try table([route("a")])
        let told = routes.explain(
            method: "GET", host: "h", path: "/x", query: "plant=lyon&..%2f", principal: nil, session: nil, at: noon)
        #expect(told.isAllowed)
        #expect(told.description.hasPrefix("GET h/x?plant=lyon&..%2f\n"))
    }

    @Test func `has the same names in JSON as everything else`() throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let told = explain(try table([route("a", "/{plant}")]), "/detroit", as: person(["detroit": .admin]))
        let json = try #require(try JSONSerialization.jsonObject(with: encoder.encode(told)) as? [String: Any])
        #expect(
            Set(json.keys) == [
                "method", "host", "path", "normal_path", "route", "match", "passed_over", "routes_not_shown", "plant",
                "requirement", "person", "is_allowed", "status", "code", "detail", "upstream", "headers",
            ])
        let plant = try #require(json["plant"] as? [String: Any])
        #expect(Set(plant.keys) == ["reference", "source", "code", "id", "role", "has_ended"])
        let person = try #require(json["person"] as? [String: Any])
        #expect(Set(person.keys) == ["user", "user_id", "global_roles", "plant_roles"])
    }
}
