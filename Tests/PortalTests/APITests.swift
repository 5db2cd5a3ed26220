import Accounts
import Foundation
import Identity
import Testing

@testable import Portal

/// A program that speaks JSON with the portal.
struct Program {
    let stage: Stage
    var token: String?
    var host = Stage.publicHost

    func call(
        _ method: String, _ path: String, _ body: String? = nil, fields: [(String, String)] = [],
        type: String = "application/json"
    ) async -> PortalResponse {
        var all = [("User-Agent", "curl/8.5.0")] + fields
        if let token { all.append(("Authorization", "Bearer \(token)")) }
        if body != nil { all.append(("Content-Type", type)) }
        let parts = path.split(separator: "?", maxSplits: 1)
        return await stage.portal.respond(
            to: PortalRequest(
                method: method, scheme: "https", host: host, path: "/.gatehouse/api/v1" + parts[0],
                query: parts.count > 1 ? String(parts[1]) : nil, fields: all.map { (name: $0.0, value: $0.1) },
                body: Array((body ?? "").utf8), clientAddress: "192.0.2.8", requestID: "req-2"))
    }

    /// Signs in, and asks with the access token from then on.
    mutating func signIn(_ username: String = "ada") async throws {
        let answer = await call(
            "POST", "/token",
            "{\"grant_type\":\"password\",\"username\":\"\(username)\",\"password\":\"\(Stage.password)\"}")
        token = try #require(answer.json["access_token"] as? String)
    }
}

extension PortalResponse {
    /// The body as an object, read by another reader than the one that is tested.
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:]
    }

    var code: String? { json["code"] as? String }
}

private let graz = PlantMembership(plantID: PlantID(1), plantCode: "graz", plantName: "Werk Graz", role: .admin)
private let lyon = PlantMembership(plantID: PlantID(2), plantCode: "lyon", plantName: "Usine de Lyon", role: .admin)

extension Stage {
    func program(_ username: String? = "ada") async throws -> Program {
        var program = Program(stage: self)
        if let username { try await program.signIn(username) }
        return program
    }
}

@Suite struct `The API` {
    @Test func `has the operations of its document, and no others`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let document = try String(contentsOf: root.appending(path: "config/openapi.yaml"), encoding: .utf8)
        var described: Set<String> = []
        var path = ""
        for line in document.split(separator: "\n") {
            if let match = line.firstMatch(of: /^  (\/[^:]*):$/) { path = String(match.1) }
            if let match = line.firstMatch(of: /^    (get|post|put|patch|delete):$/) {
                described.insert("\(match.1.uppercased()) \(path)")
            }
        }
        #expect(described.count > 40)
        #expect(described == Set(APIRouter.routes.map { "\($0.method) \($0.path)" }))
    }

    @Test func `exchanges a password for tokens, and a refresh token once for the next ones (RFC 6749)`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        var program = try await stage.program(nil)
        let form = "grant_type=password&username=ada&password=" + encode(Stage.password)
        let pair = await program.call("POST", "/token", form, type: "application/x-www-form-urlencoded")
        #expect(pair.status == 200)
        #expect(pair.json["token_type"] as? String == "Bearer")
        #expect(pair.json["expires_in"] as? Int == 900)
        let refresh = try #require(pair.json["refresh_token"] as? String)
        let body = "{\"grant_type\":\"refresh_token\",\"refresh_token\":\"\(refresh)\"}"
        let next = await program.call("POST", "/token", body)
        program.token = try #require(next.json["access_token"] as? String)
        #expect(await program.call("GET", "/user").json["username"] as? String == "ada")
        stage.clock.advance(.seconds(60))
        let stolen = await program.call("POST", "/token", body)
        #expect(stolen.status == 400)
        #expect(stolen.code == "invalid_grant")
        #expect(await program.call("GET", "/user").status == 401, "the whole session is over")
    }

    @Test(arguments: [("ada", "wrong"), ("nobody", Stage.password), (" ", Stage.password)])
    func `tells a wrong password and an unknown user alike`(username: String, password: String) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let body = "{\"grant_type\":\"password\",\"username\":\"\(username)\",\"password\":\"\(password)\"}"
        let answer = await (try await stage.program(nil)).call("POST", "/token", body)
        #expect(answer.status == 401)
        #expect(answer.code == "invalid_credentials")
        #expect(answer.field("content-type") == "application/problem+json")
        #expect(answer.field("cache-control") == "no-store")
    }

    @Test(arguments: APIRouter.routes.filter { !$0.path.isEmpty }.map { "\($0.method) \($0.path)" })
    func `asks who calls before it does anything that is not for visitors`(operation: String) async throws {
        let parts = operation.split(separator: " ").map(String.init)
        let isForVisitors = VisitorOperations.routes.contains { "\($0.method) \($0.path)" == operation }
        guard !isForVisitors else { return }
        let path = parts[1].replacing(/\{\w+\}/, with: "x")
        var program = try await Stage().program(nil)
        let without = await program.call(parts[0], path, "{}")
        #expect(without.status == 401)
        #expect(without.field("www-authenticate") == "Bearer realm=\"gatehouse\"")
        program.token = "ghs_" + String(repeating: "A", count: 43)
        let wrong = await program.call(parts[0], path, "{}")
        #expect(wrong.status == 401)
        #expect(wrong.field("www-authenticate")?.contains("invalid_token") == true)
    }

    @Test(arguments: APIRouter.routes.filter { $0.path.hasPrefix("/admin") }.map { "\($0.method) \($0.path)" })
    func `lets nobody administer who is no administrator`(operation: String) async throws {
        let stage = try Stage()
        let engineer = PlantMembership(plantID: PlantID(1), plantCode: "graz", plantName: "Graz", role: .engineer)
        try await stage.addUser(memberships: [engineer])
        try await stage.addUser("bob", email: "bob@example.com")
        let parts = operation.split(separator: " ").map(String.init)
        let path = parts[1].replacing("{user}", with: "bob").replacing("{plant}", with: "graz")
            .replacing(/\{\w+\}/, with: "0190a1b2-0000-7000-8000-000000000001")
        let body =
            switch operation {
            case "POST /admin/users": "{\"username\":\"eve\"}"
            case "PUT /admin/users/{user}/password": "{\"password\":\"four words in a row\"}"
            case "POST /admin/plants", "PATCH /admin/plants/{plant}": "{\"code\":\"new\"}"
            case "PUT /admin/roles/{plant}/{user}": "{\"role\":\"admin\"}"
            case "POST /admin/plants/{plant}/invitations": "{\"email\":\"eve@example.com\"}"
            default: "{}"
            }
        let answer = await (try await stage.program()).call(parts[0], path, body)
        #expect(answer.status == 403, "\(operation): \(answer.text)")
        #expect(answer.code == "forbidden")
    }

    @Test func `lets administrators of a plant see and change that plant alone`() async throws {
        let stage = try Stage()
        try await stage.addUser("boss", email: "boss@example.com", memberships: [graz])
        let worker = PlantMembership(plantID: PlantID(1), plantCode: "graz", plantName: "Werk Graz", role: .operator)
        try await stage.addUser("olivia", email: nil, memberships: [worker])
        try await stage.addUser("luc", email: nil, memberships: [lyon])
        let boss = try await stage.program("boss")
        let people = await boss.call("GET", "/admin/users?plant=graz")
        #expect(people.json["total"] as? Int == 2)
        for path in [
            "/admin/users", "/admin/users?plant=lyon", "/admin/users?plant=atlantis", "/admin/roles",
            "/admin/roles?plant=lyon", "/admin/audit", "/admin/audit?plant=lyon", "/admin/plants/lyon",
        ] {
            #expect(await boss.call("GET", path).status == 403, "\(path)")
        }
        #expect(await boss.call("PUT", "/admin/roles/graz/olivia", "{\"role\":\"engineer\"}").status == 204)
        #expect(await boss.call("PUT", "/admin/roles/lyon/luc", "{\"role\":\"operator\"}").status == 403)
        #expect(await boss.call("PUT", "/admin/roles/graz/luc", "{\"role\":\"operator\"}").status == 404)
        #expect((await boss.call("GET", "/admin/plants").json["plants"] as? [Any])?.count == 1)
        let roles = await boss.call("GET", "/admin/roles?plant=graz").json["roles"] as? [[String: Any]]
        #expect(roles?.count == 2)
    }

    @Test func `lets global administrators do the rest`() async throws {
        let stage = try Stage()
        try await stage.addUser("root", email: "root@example.com", roles: ["user", "ADMIN"])
        let root = try await stage.program("root")
        #expect(await root.call("POST", "/admin/plants", "{\"code\":\"graz\",\"name\":\"Werk Graz\"}").status == 201)
        #expect(await root.call("POST", "/admin/plants", "{\"code\":\"graz\"}").code == "conflict")
        let made = await root.call(
            "POST", "/admin/users",
            "{\"username\":\"olivia\",\"password\":\"a first pass phrase\",\"plant\":\"graz\",\"role\":\"operator\"}")
        #expect(made.status == 201, "\(made.text)")
        let olivia = await (try await stage.program(nil)).call(
            "POST", "/token",
            "{\"grant_type\":\"password\",\"username\":\"olivia\",\"password\":\"a first pass phrase\"}")
        #expect(olivia.code == "password_change_required")
        let token = try #require(olivia.json["token"] as? String)
        let first = await root.call(
            "POST", "/password/first", "{\"token\":\"\(token)\",\"password\":\"my own four words\"}")
        #expect(first.status == 204)
        #expect(await root.call("POST", "/admin/users/olivia/suspend").json["status"] as? String == "suspended")
        #expect(await root.call("POST", "/admin/users/olivia/activate").json["status"] as? String == "active")
        #expect(await root.call("DELETE", "/admin/users/olivia").status == 204)
        #expect(await root.call("GET", "/admin/users/olivia").status == 404)
        #expect(await root.call("POST", "/admin/users/olivia/restore").json["status"] as? String == "suspended")
        let events = await root.call("GET", "/admin/audit?limit=3")
        #expect((events.json["events"] as? [Any])?.count == 3)
        let next = try #require(events.json["next"] as? String)
        #expect(await root.call("GET", "/admin/audit?before=\(next)").status == 200)
        #expect(
            await root.call("PATCH", "/admin/plants/graz", "{\"code\":\"graz2\"}").json["code"] as? String == "graz2")
        #expect(await root.call("DELETE", "/admin/plants/graz2").status == 204)
    }

    @Test func `holds an API token to less than a person`() async throws {
        let stage = try Stage()
        try await stage.addUser("root", email: "root@example.com", roles: ["ADMIN"], memberships: [graz, lyon])
        var program = try await stage.program("root")
        let made = await program.call(
            "POST", "/tokens", "{\"name\":\"x\",\"plant\":\"graz\",\"role_max\":\"operator\",\"expires_in\":3600}")
        #expect(made.status == 201, "\(made.text)")
        program.token = try #require(made.json["token"] as? String)
        let user = await program.call("GET", "/user")
        #expect((user.json["plants"] as? [[String: Any]])?.map { $0["role"] as? String } == ["operator"])
        #expect((user.json["roles"] as? [String]) == [])
        for (method, path) in [
            ("GET", "/sessions"), ("POST", "/tokens"), ("DELETE", "/user"), ("POST", "/logout"), ("PATCH", "/user"),
        ] {
            #expect(await program.call(method, path, "{}").code == "session_required")
        }
        #expect(await program.call("GET", "/admin/users").status == 403)
    }

    @Test(arguments: [
        ([], 403), ([("Origin", "https://evil.example")], 403), ([("Origin", "null")], 403),
        ([("Sec-Fetch-Site", "cross-site")], 403), ([("Sec-Fetch-Site", "same-site")], 403),
        ([("X-CSRF-Token", "x")], 403), ([("Origin", "https://login.example.com")], 204),
        ([("Sec-Fetch-Site", "same-origin")], 204), ([("X-CSRF-Token", "own")], 204),
        ([("X-CSRF-Token", "own"), ("Origin", "https://evil.example")], 403),
    ])
    func `takes a cookie for a change from its own origin alone (CSRF)`(
        fields: [(String, String)], status: Int
    ) async throws {
        let stage = try Stage()
        try await stage.addUser()
        let browser = stage.browser()
        _ = try await browser.signIn()
        let jar = try #require(browser.cookies[Stage.publicHost])
        let secret = try #require(jar["__Host-gatehouse-csrf"])
        let cookie = jar.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        let sent = fields.map { ($0.0, $0.1 == "own" ? secret : $0.1) } + [("Cookie", cookie)]
        let program = Program(stage: stage)
        #expect(await program.call("GET", "/user", fields: [("Cookie", cookie)]).status == 200)
        let answer = await program.call("POST", "/logout", fields: sent)
        #expect(answer.status == status)
        #expect((answer.cookie("__Host-gatehouse")?.isRemoved == true) == (status == 204))
    }

    @Test(arguments: [
        ("", "malformed_body"), ("[]", "invalid_input"), ("{\"token\":1}", "invalid_input"),
        ("{\"token\":\"a\",\"token\":\"b\"}", "malformed_body"), ("{\"token\":\"a\",\"x\":1}", "invalid_input"),
        ("{\"token\":\"a\"} x", "malformed_body"), ("{\"token\":\"\\ud800\"}", "malformed_body"),
        ("{\"token\":\"a\"", "malformed_body"), ("{'token':'a'}", "malformed_body"), ("{}", "invalid_input"),
        ("{\"token\":null}", "invalid_input"), ("{\"token\":\"a\"}", "link_refused"),
        ("{\"\\u0074oken\":\"a\"}", "link_refused"), (String(repeating: "[", count: 5_000), "malformed_body"),
    ])
    func `reads bodies strictly`(body: String, code: String) async throws {
        let answer = await (try await Stage().program(nil)).call("POST", "/verify", body)
        #expect(answer.code == code)
        #expect([400, 422].contains(answer.status))
    }

    @Test func `refuses what is too large or of another type`() async throws {
        let program = try await Stage().program(nil)
        let large = "{\"token\":\"" + String(repeating: "x", count: 17_000) + "\"}"
        #expect(await program.call("POST", "/verify", large).status == 413)
        for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
            #expect(await program.call("POST", "/verify", "{}", type: type).status == 415)
        }
    }

    @Test(
        arguments: [
            ("GET", "/nothing", 404, nil), ("GET", "/signup", 405, "POST"),
            ("PUT", "/user", 405, "DELETE, GET, HEAD, PATCH"),
            ("GET", "/sessions/", 404, nil), ("POST", "/user/email/confirm/x", 404, nil), ("get", "/user", 405, nil),
        ] as [(String, String, Int, String?)])
    func `answers what is not there as a program reads it`(
        method: String, path: String, status: Int, allow: String?
    ) async throws {
        let answer = await (try await Stage().program(nil)).call(method, path)
        #expect(answer.status == status)
        #expect(answer.field("content-type") == "application/problem+json")
        if let allow { #expect(answer.field("allow") == allow) }
        #expect(answer.json["status"] as? Int == status)
    }

    @Test(arguments: [
        "limit=0", "limit=201", "limit=x", "offset=-1", "limit=1&limit=2", "unknown=1", "limit=%", "limit=",
    ])
    func `bounds its lists`(query: String) async throws {
        let stage = try Stage()
        try await stage.addUser("root", email: "root@example.com", roles: ["ADMIN"])
        let answer = await (try await stage.program("root")).call("GET", "/admin/plants?" + query)
        #expect([400, 422].contains(answer.status))
    }

    @Test func `says when the database is away, and nothing of what it said`() async throws {
        let stage = try Stage()
        try await stage.addUser()
        let program = try await stage.program()
        stage.loseDatabase()
        let answer = await program.call("GET", "/user")
        #expect(answer.status == 503)
        #expect(answer.field("retry-after") == "5")
        #expect(!answer.text.contains("away"))
    }

    @Test(arguments: [
        ("2026-11-21T08:00:00Z", true), ("2024-02-29T23:59:59Z", true), ("1970-01-01T00:00:00Z", true),
        ("2023-02-29T00:00:00Z", false), ("2026-04-31T00:00:00Z", false), ("2026-11-21T24:00:00Z", false),
        ("2026-11-21 08:00:00Z", false), ("2026-11-21T08:00:00+01:00", false), ("", false),
        ("9999-12-31T23:59:59Z", true),
    ])
    func `reads moments as it writes them (RFC 3339)`(text: String, isMoment: Bool) {
        #expect(Timestamp(iso: text)?.iso == (isMoment ? text : nil))
    }

    @Test func `writes texts so that nobody takes them for markup`() {
        let text = JSONValue.map(["a": .string("<\"\\\u{1}\u{2028}ä&>")]).bytes
        #expect(
            String(decoding: text, as: UTF8.self) == "{\"a\":\"\\u003c\\\"\\\\\\u0001\\u2028ä\\u0026\\u003e\"}\n")
    }

    @Test(arguments: ["0", "-1", "9223372036854775807", "true", "[1,{\"a\":null}]", "\"\\ud83d\\ude00\\n\"", " {} "])
    func `reads what is in order`(text: String) throws {
        _ = try JSONReader.read(Array(text.utf8))
    }

    @Test(arguments: [
        "01", "1.0", "1e5", "-", "9223372036854775808", "nul", "\"\u{1}\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u+123\"",
        "\"\\ud800\\u0041\"", "\"", "[1,]", "{\"a\":1,}", "{,}", "[", "{\"a\"", "1 2", "\u{FEFF}1",
    ])
    func `refuses what is not (RFC 8259)`(text: String) {
        #expect(throws: JSONReader.Refusal.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test func `refuses a text that is not UTF-8`() {
        #expect(throws: JSONReader.Refusal.self) { try JSONReader.read([0x22, 0xFF, 0x22]) }
    }
}
