import Identity
import Testing

@testable import Policy

@Suite struct `A requirement` {
    private static let ladder = Requirement([
        Requirement.Clause(methods: ["GET", "HEAD"], condition: .person(role: .operator, anyRole: nil, users: nil)),
        Requirement.Clause(methods: ["PUT"], condition: .person(role: .supervisor, anyRole: nil, users: nil)),
        Requirement.Clause(methods: ["OPTIONS"], condition: .anyone),
        Requirement.Clause(methods: nil, condition: .person(role: .engineer, anyRole: nil, users: nil)),
    ])

    @Test(arguments: Role.allCases, ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "get", "PROPFIND"])
    func `is met by the role or a higher one, method by method`(role: Role, method: String) throws {
        let routes = try table([route("spc", "/plants/{plant}/**", require: Self.ladder)])
        let needed: Role? =
            switch method {
            case "GET", "HEAD": .operator
            case "PUT": .supervisor
            case "OPTIONS": nil
            default: .engineer
            }
        for path in ["/plants/detroit/x", "/plants/1/x"] {
            let decision = routes.decide(method, "h", path, person(["detroit": role, "osaka": .admin]))
            if let needed, role < needed {
                let denial = try #require(decision.denial)
                #expect(denial.reason == .roleMissing(needed))
                #expect(denial.status == 403)
                #expect(denial.neededRole == needed)
                #expect(denial.plant == String(path.split(separator: "/")[1]))
            } else {
                let permit = try #require(decision.permit)
                #expect(permit.membership?.plantCode == "detroit")
                #expect(permit.membership?.role == role)
            }
        }
    }

    @Test(arguments: ["GET", "PUT", "DELETE"])
    func `of a role asks nobody to sign in, and a role in another plant is none`(method: String) throws {
        let routes = try table([route("spc", "/plants/{plant}/**", require: Self.ladder)])
        let anonymous = try #require(routes.decide(method, "h", "/plants/detroit", nil).denial)
        #expect(anonymous.code == "sign_in_required")
        #expect(anonymous.status == 401)
        let elsewhere = try #require(routes.decide(method, "h", "/plants/detroit", person(["lyon": .admin])).denial)
        #expect(elsewhere.code == "role_missing")
    }

    @Test func `answers alike for a plant that doesn't exist and one without a role`() throws {
        let routes = try table([route("spc", "/plants/{plant}/**", require: Self.ladder)])
        let ada = person(["lyon": .admin])
        let there = try #require(routes.decide("GET", "h", "/plants/detroit", ada).denial)
        let nowhere = try #require(routes.decide("GET", "h", "/plants/atlantis", ada).denial)
        #expect(there.reason == nowhere.reason)
        #expect(there.status == nowhere.status)
        #expect(there.detail.replacing("detroit", with: "atlantis") == nowhere.detail)
    }

    @Test func `counts a grant until its end and not a moment longer`() throws {
        let routes = try table([route("spc", "/plants/{plant}/**", require: Self.ladder)])
        let until = noon + .seconds(60)
        let ada = person(["detroit": .operator], until: until)
        #expect(routes.decide("GET", "h", "/plants/detroit", ada, at: noon).permit != nil)
        #expect(routes.decide("GET", "h", "/plants/detroit", ada, at: until - .microseconds(1)).permit != nil)
        #expect(routes.decide("GET", "h", "/plants/detroit", ada, at: until).denial?.code == "role_missing")
    }

    @Test(arguments: [
        ("/plants/1", true), ("/plants/01", false), ("/plants/+1", false), ("/plants/1.0", false),
        ("/plants/%31", true),
        ("/plants/4294967297", false), ("/plants/99999999999999999999", false), ("/plants/-1", false),
        ("/plants/0", false),
        ("/plants/detroit", true), ("/plants/Detroit", false), ("/plants/d%65troit", true), ("/plants/detroi", false),
        ("/plants/detroit2", false),
    ])
    func `finds the plant by exactly its code or its id`(path: String, isAllowed: Bool) throws {
        let routes = try table([
            route("spc", "/plants/{plant}", require: Requirement(.person(role: .operator, anyRole: nil, users: nil)))
        ])
        #expect((routes.decide("GET", "h", path, person(["detroit": .operator])).permit != nil) == isAllowed)
    }

    @Test func `finds the plant in the host without case`() throws {
        let routes = try table([
            route(
                "reports", "{plant}.reports.example.com",
                require: Requirement(.person(role: .supervisor, anyRole: nil, users: nil)))
        ])
        for (host, code) in [("detroit", "detroit"), ("DETROIT", "detroit"), ("detroit", "Detroit"), ("1", "detroit")] {
            let permit = routes.decide("GET", host + ".reports.example.com", "/", person([code: .supervisor])).permit
            #expect(permit?.membership?.plantCode == code)
        }
        let two = Principal(
            userID: UserID(UUID128(high: 0, low: 1)), username: nil, email: nil, name: nil, globalRoles: [],
            memberships: [
                PlantMembership(plantID: PlantID(1), plantCode: "LYON", plantName: "", role: .admin),
                PlantMembership(plantID: PlantID(2), plantCode: "lyon", plantName: "", role: .supervisor),
            ])
        #expect(
            routes.decide("GET", "lyon.reports.example.com", "/", two).permit?.membership?.plantID == PlantID(2),
            "what is exactly right comes before what is nearly right")
    }

    @Test(arguments: ["detroit", "1"])
    func `takes a plant that the route fixes`(plant: String) throws {
        let routes = try table([
            route("d", "/d/**", require: Requirement(.person(role: .operator, anyRole: nil, users: nil)), plant: plant)
        ])
        #expect(
            routes.decide("GET", "h", "/d/lyon", person(["detroit": .operator])).permit?.membership?.plantID
                == PlantID(1))
        #expect(routes.decide("GET", "h", "/d/lyon", person(["lyon": .admin])).denial?.plant == plant)
    }

    @Test func `of global roles is met by any one of them, exactly`() throws {
        let routes = try table([
            route("m", require: Requirement(.person(role: nil, anyRole: ["MARKETING", "ADMIN"], users: nil)))
        ])
        #expect(routes.decide("GET", "h", "/", person(global: ["user", "ADMIN"])).permit != nil)
        for roles in [[], ["user"], ["admin"], ["MARKETING "], ["MARKETING,ADMIN"]] {
            let denial = try #require(routes.decide("GET", "h", "/", person(global: roles)).denial)
            #expect(denial.reason == .globalRoleMissing(["MARKETING", "ADMIN"]))
            #expect(denial.neededGlobalRoles == ["MARKETING", "ADMIN"])
        }
        #expect(routes.decide("GET", "h", "/", person(["detroit": .admin])).denial?.code == "global_role_missing")
    }

    @Test(arguments: ["ada", "ADA", "ada@example.com", "Ada@Example.com", "00000000-0000-0001-0000-000000000002"])
    func `of users is met by name, email or id`(reference: String) throws {
        let routes = try table([
            route("u", require: Requirement(.person(role: nil, anyRole: nil, users: ["bob", reference])))
        ])
        #expect(routes.decide("GET", "h", "/", person()).permit != nil)
        let stranger = person(username: "eve", email: nil)
        let isID = UserID(reference) != nil
        #expect(routes.decide("GET", "h", "/", stranger).denial?.code == (isID ? nil : "user_not_listed"))
    }

    @Test func `of several things wants all of them`() throws {
        let all = Requirement(.person(role: .operator, anyRole: ["ADMIN"], users: ["ada"]))
        let routes = try table([route("all", "/{plant}", require: all)])
        func code(_ principal: Principal) -> String { routes.decide("GET", "h", "/detroit", principal).verdict }
        #expect(code(person(["detroit": .operator], global: ["ADMIN"])) == "all")
        #expect(code(person(global: ["ADMIN"])) == "role_missing")
        #expect(code(person(["detroit": .operator])) == "global_role_missing")
        #expect(
            code(person(["detroit": .operator], global: ["ADMIN"], username: "eve", email: nil)) == "user_not_listed")
    }

    @Test func `that says nothing of a method denies it, and GET is not HEAD`() throws {
        let routes = try table([
            route("get", require: Requirement([Requirement.Clause(methods: ["GET"], condition: .anyone)]))
        ])
        #expect(routes.decide("GET", "h", "/").permit != nil)
        for method in ["HEAD", "POST", "get", "GETT", "GE", ""] {
            for principal in [nil, person(["detroit": .admin], global: ["ADMIN"])] {
                let denial = try #require(routes.decide(method, "h", "/", principal).denial)
                #expect(denial.code == "method_not_allowed")
                #expect(denial.status == 403)
            }
        }
    }

    @Test func `names methods that HTTP doesn't know, which cover no other`() throws {
        let clauses = [
            Requirement.Clause(methods: ["PROPFIND", "GET"], condition: .anyone),
            Requirement.Clause(methods: ["LOCK"], condition: .signedIn),
        ]
        let routes = try table([route("dav", require: Requirement(clauses))])
        #expect(routes.decide("PROPFIND", "h", "/").permit != nil && routes.decide("GET", "h", "/").permit != nil)
        #expect(routes.decide("LOCK", "h", "/").denial?.code == "sign_in_required")
        #expect(routes.decide("LOCK", "h", "/", person()).permit != nil)
        for method in ["PROPPATCH", "propfind", "TRACE", "OTHER"] {
            #expect(routes.decide(method, "h", "/", person()).denial?.code == "method_not_allowed")
        }
    }

    @Test func `without clauses lets nobody in`() throws {
        let routes = try table([route("none", require: Requirement([]))])
        #expect(routes.decide("GET", "h", "/", person(["detroit": .admin], global: ["ADMIN"])).denial != nil)
    }

    @Test func `of anyone tells who asks when that is known`() throws {
        let routes = try table([route("public", "/plants/{plant}/**")])
        #expect(routes.decide("GET", "h", "/plants/detroit").permit?.principal == nil)
        let permit = try #require(routes.decide("GET", "h", "/plants/detroit", person(["detroit": .admin])).permit)
        #expect(permit.principal?.username == "ada")
        #expect(permit.membership?.role == .admin)
    }
}
