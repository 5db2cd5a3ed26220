import Identity
import Testing

@testable import Policy

@Suite struct `A requirement on trial` {
    private static let enforced = Requirement([
        Requirement.Clause(methods: ["GET"], condition: .person(role: .operator, anyRole: nil, users: nil)),
        Requirement.Clause(methods: ["PUT"], condition: .signedIn),
        Requirement.Clause(methods: nil, condition: .anyone),
    ])
    private static let trial = Requirement([
        Requirement.Clause(methods: ["GET"], condition: .person(role: .supervisor, anyRole: nil, users: nil)),
        Requirement.Clause(methods: ["PUT"], condition: .person(role: nil, anyRole: ["QA"], users: nil)),
        Requirement.Clause(methods: ["POST"], condition: .person(role: nil, anyRole: nil, users: ["grace"])),
        Requirement.Clause(methods: ["HEAD"], condition: .anyone),
    ])

    private func routes(shadow: Requirement? = trial) throws -> RouteTable {
        try table([route("spc", "/plants/{plant}/**", require: Self.enforced, shadow: shadow)])
    }

    @Test(
        arguments: [
            ("GET", nil, "sign_in_required", .signInRequired),
            ("GET", person(["lyon": .admin]), "role_missing", .roleMissing),
            ("GET", person(["detroit": .operator]), "spc", .roleMissing),
            ("GET", person(["detroit": .engineer]), "spc", .allowed),
            ("PUT", nil, "sign_in_required", .signInRequired), ("PUT", person(), "spc", .globalRoleMissing),
            ("PUT", person(global: ["QA"]), "spc", .allowed), ("POST", nil, "spc", .signInRequired),
            ("POST", person(), "spc", .userNotListed), ("POST", person(username: "grace"), "spc", .allowed),
            ("HEAD", nil, "spc", .allowed), ("DELETE", nil, "spc", .methodNotAllowed),
        ] as [(String, Principal?, String, ShadowVerdict)])
    func `is asked of every request that its route decides, and changes no decision`(
        method: String, principal: Principal?, decision: String, verdict: ShadowVerdict
    ) throws {
        let path = "/plants/detroit/x"
        let decided = try routes().decide(method, "h", path, principal)
        #expect(decided.verdict == decision)
        #expect(decided.permit?.shadow ?? decided.denial?.shadow == verdict)
        let without = try routes(shadow: nil).decide(method, "h", path, principal)
        #expect(without.verdict == decision)
        #expect(without.permit?.shadow == nil && without.denial?.shadow == nil)
    }

    @Test(arguments: ["/elsewhere", "/plants/detroit/%00", "/plants/..%2f"])
    func `is not asked where no route decides`(path: String) throws {
        let denial = try #require(routes().decide("GET", "h", path).denial)
        #expect(denial.shadow == nil)
    }

    @Test func `has the codes of the denials that it would make`() {
        let reasons: [DenialReason?] = [
            nil, .signInRequired, .methodNotAllowed, .roleMissing(.admin), .globalRoleMissing(["QA"]), .userNotListed,
        ]
        #expect(Set(reasons.map { ShadowVerdict($0) }) == Set(ShadowVerdict.allCases))
        for reason in reasons {
            #expect(ShadowVerdict(reason).code == (reason.map { Denial($0).code } ?? "allowed"))
            #expect(ShadowVerdict(reason).isAllowed == (reason == nil))
        }
    }

    @Test func `is told in an explanation`() throws {
        let explanation = try routes().explain(
            method: "GET", host: "h", path: "/plants/detroit", principal: person(["detroit": .operator]), at: noon)
        #expect(explanation.isAllowed)
        #expect(explanation.shadowCode == "role_missing")
        #expect(
            explanation.description.contains(
                """
                  decision      allow
                  on trial      role supervisor in the plant
                                would deny role_missing; it is not enforced
                """))
        let plain = try routes(shadow: nil).explain(
            method: "GET", host: "h", path: "/plants/x", principal: nil, at: noon)
        #expect(plain.shadowCode == nil && !plain.description.contains("trial"))
    }
}
