import GatehouseTesting
import Identity
import Testing

@testable import Accounts

@Suite struct `A person's own sessions` {
    private let phone = Requester(
        ipAddress: "198.51.100.9",
        userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1")

    @Test func `are listed with device, address and last use, the present one first`() async throws {
        let flat = Flat()
        try await flat.user()
        try await flat.user("bert")
        let desk = try await flat.signIn()
        flat.clock.advance(by: .seconds(60))
        let mobile = try await flat.signIn(from: phone)
        let program = try await flat.pair()
        _ = try await flat.signIn("bert")
        let present = try #require(try await flat.open(desk.token))
        let listed = try await ListOwnSessions(flat.environment)(present)
        #expect(listed.map(\.session.id).first == desk.session.id)
        #expect(Set(listed.map(\.session.id)) == [desk.session.id, mobile.session.id, program.session.id])
        #expect(listed.map(\.isPresent) == [true, false, false])
        #expect(listed[0].device.description == "Firefox on Linux")
        let other = try #require(listed.first { $0.session.id == mobile.session.id })
        #expect(other.device.description == "Safari on iOS" && other.session.ipAddress == "198.51.100.9")
        flat.clock.advance(by: .seconds(8 * 3_600))
        #expect(try await ListOwnSessions(flat.environment)(present).isEmpty, "what lies idle for too long is over")
    }

    @Test func `are ended one by one, and nobody else's`() async throws {
        let flat = Flat()
        try await flat.user()
        try await flat.user("bert")
        let (desk, mobile, bert) = (
            try await flat.signIn(), try await flat.signIn(from: phone), try await flat.signIn("bert")
        )
        let present = try #require(try await flat.open(desk.token))
        let revoke = RevokeOwnSession(flat.environment)
        try await revoke(mobile.session.id, of: present, by: flat.visitor)
        #expect(try await flat.open(mobile.token) == nil)
        #expect(try await flat.open(desk.token) != nil)
        for id in [mobile.session.id, bert.session.id, SessionID(UUID128(high: 1, low: 2))] {
            await #expect(throws: AccountsError.notFound(.session)) {
                try await revoke(id, of: present, by: flat.visitor)
            }
        }
        #expect(try await flat.open(bert.token) != nil)
        let told = try await flat.events("session.revoked")
        #expect(told.count == 1 && told[0].actor == present.principal.userID)
        #expect(told[0].details["session"] == mobile.session.id.description)
    }

    @Test func `are ended elsewhere and everywhere`() async throws {
        let flat = Flat()
        try await flat.user()
        try await flat.user("bert")
        let (desk, mobile, bert) = (
            try await flat.signIn(), try await flat.signIn(from: phone), try await flat.signIn("bert")
        )
        let program = try await flat.pair()
        let present = try #require(try await flat.open(desk.token))
        #expect(try await SignOutElsewhere(flat.environment)(present, by: flat.visitor) == 2)
        #expect(try await flat.open(mobile.token) == nil)
        #expect(try await flat.open(program.access) == nil)
        #expect(try await flat.open(desk.token) != nil)
        #expect(try await SignOutEverywhere(flat.environment)(present, by: flat.visitor) == 1)
        #expect(try await flat.open(desk.token) == nil)
        #expect(try await flat.open(bert.token) != nil)
        #expect(try await flat.events("user.signed_out_elsewhere").first?.details["count"] == "2")
        #expect(try await flat.events("user.signed_out_everywhere").first?.details["count"] == "1")
    }

    @Test(arguments: [1, 3])
    func `are so many at most, and the oldest gives way`(most: Int) async throws {
        let flat = Flat(settings: AccountsSettings(sessionsPerUserMax: most))
        try await flat.user()
        var tokens: [Token] = []
        for _ in 0..<5 {
            tokens.append(try await flat.signIn().token)
            flat.clock.advance(by: .seconds(1))
        }
        for (index, token) in tokens.enumerated() {
            #expect((try await flat.open(token) != nil) == (index >= 5 - most))
        }
        #expect(try await flat.events("session.displaced").count == 5 - most)
    }
}

@Suite struct `A device` {
    @Test(arguments: [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Edg/128.0.0.0",
            "Edge on Windows"
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",
            "Chrome on Windows"
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
            "Safari on macOS"
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
            "Samsung Internet on Android"
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",
            "Chrome on ChromeOS"
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/128.0 Mobile/15E148 Safari/604.1",
            "Chrome on iPadOS"
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("curl/8.5.0", "curl"), ("Grafana/11.1.0", "Grafana"), ("", ""), ("Mozilla/5.0 (something)", ""),
        ("\u{202e}evil<script>", ""), ("<script>", ""),
    ])
    func `is called what people call it`(agent: String, name: String) {
        #expect(Device(userAgent: agent).description == name)
    }

    @Test func `is nothing without a user agent, and short whatever the agent says`() {
        #expect(Device(userAgent: nil).description == "")
        #expect(Device(userAgent: String(repeating: "x", count: 10_000)).description.count == 40)
    }
}
