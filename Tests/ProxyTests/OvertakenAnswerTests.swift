import Configuration
import EventLoop
import GatehouseTesting
import HTTP2
import Identity
import Testing

@testable import Proxy

/// Answers that come whole, and late: long polls.
@Suite struct `An answer that was long in coming` {
    enum Client: CaseIterable { case http1, http2 }

    private typealias Answer = (status: Int?, text: String)

    /// Has ada ask for what an operator may see; calls `meanwhile` while an application thinks about it; and gives her what
    /// comes.
    private static func poll(
        _ client: Client, clock: any WallClock = SystemClock(),
        meanwhile: @Sendable (Stand, _ token: String) async throws -> Void,
        _ check: @Sendable (Stand, Answer) async throws -> Void
    ) async throws {
        let turnstile = Turnstile()
        let script: ScriptedUpstream.Script = { wire, request in
            if request.startLine.contains("/plants") { await turnstile.wait() }
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script, options: { $0.clock = clock }) { stand, _ in
            await stand.gateway.apply([], feed: FeedState(since: .now(), until: .now() + .seconds(3600)))
            let token = stand.sessions.signIn(lifetime: .seconds(7200), now: clock.now())
            async let answer = ask(client, token, stand)
            try await eventually("the application is asked") { await turnstile.isReached }
            // Sooner, it would be taken for decided on just now.
            try await Task.sleep(for: .milliseconds(150))
            try await meanwhile(stand, token)
            await turnstile.open()
            try await check(stand, await answer)
            try await eventually("nothing is left") {
                let report = try await stand.report()
                return report.exchangesLent == 0 && report.upstreamInUse == 0
            }
            expect(200, of: try await stand.ask("GET /public/next"))
        }
    }

    private static func ask(_ client: Client, _ token: String, _ stand: Stand) async throws -> Answer {
        if client == .http2 {
            let wire = try await HTTP2Wire.connect(stand.tls)
            let answer = try await wire.ask("GET", "/plants/detroit/x", token: token)
            await wire.close()
            return (answer.status, answer.text)
        }
        let wire = try await Wire.connect(stand.plain)
        try await wire.write(Stand.request("GET /plants/detroit/x", token: token))
        let answer = try? await wire.message()
        await wire.close()
        return (answer?.status, answer?.text ?? "")
    }

    private static let losses:
        [(name: String, change: @Sendable (AuthenticatedSession, Stand, String) -> IdentityChange)] = [
            (
                "the session is revoked",
                { session, stand, token in
                    stand.sessions.remove(token)
                    return .session(session.sessionID, of: session.principal.userID)
                }
            ),
            (
                "the person is suspended",
                { session, stand, token in
                    stand.sessions.remove(token)
                    return .user(session.principal.userID)
                }
            ),
            (
                "the role is taken",
                { session, stand, token in
                    stand.sessions.put(session.with(role: nil), for: token)
                    return .role(of: session.principal.userID, in: PlantID(1))
                }
            ),
            (
                "everybody is asked about",
                { _, stand, token in
                    stand.sessions.remove(token)
                    return .everything
                }
            ),
        ]

    @Test(arguments: Client.allCases, losses.map(\.name))
    func `reaches nobody who has lost the right to it`(client: Client, name: String) async throws {
        let change = try #require(Self.losses.first { $0.name == name }).change
        try await Self.poll(client) { stand, token in
            let session = try #require(stand.sessions.session(token))
            await stand.gateway.apply([change(session, stand, token)])
        } _: { _, answer in
            #expect(answer.status == nil && answer.text.isEmpty)
        }
    }

    @Test(arguments: Client.allCases)
    func `reaches whoever still may have it, whatever changed`(client: Client) async throws {
        try await Self.poll(client) { stand, token in
            let session = try #require(stand.sessions.session(token))
            stand.sessions.put(session.with(role: .admin), for: token)
            await stand.gateway.apply([.user(session.principal.userID)])
        } _: { stand, answer in
            #expect(answer.status == 200 && answer.text.hasPrefix("GET /plants/detroit/x"))
            #expect(stand.sessions.standings == 1)
        }
    }

    @Test(arguments: Client.allCases)
    func `is asked about for nobody whom the changes do not concern`(client: Client) async throws {
        try await Self.poll(client) { stand, token in
            for _ in 0..<300 {
                await stand.gateway.apply([.user(UserID(.random(from: SystemRandomSource()))), .plant(PlantID(9_999))])
            }
            #expect(stand.sessions.standings == 0)
        } _: { stand, answer in
            #expect(answer.status == 200)
            // More changes than are remembered might have been about anybody.
            #expect(stand.sessions.standings == 1)
        }
        try await Self.poll(client) { stand, token in
            await stand.gateway.apply([.user(UserID(.random(from: SystemRandomSource()))), .plant(PlantID(9_999))])
        } _: { stand, answer in
            #expect(answer.status == 200)
            #expect(stand.sessions.standings == 0)
        }
    }

    @Test(arguments: Client.allCases, [true, false])
    func `reaches nobody whose time is over, unless it was prolonged`(client: Client, isProlonged: Bool) async throws {
        let clock = FakeClock()
        try await Self.poll(client, clock: clock) { stand, token in
            if isProlonged {
                let session = try #require(stand.sessions.session(token))
                stand.sessions.put(session.with(role: .operator, expiresAt: clock.now() + .seconds(9000)), for: token)
            }
            clock.advance(by: .seconds(7201))
            // A worker looks at the clock a hundred times a second.
            try await Task.sleep(for: .milliseconds(50))
        } _: { stand, answer in
            #expect(answer.status == (isProlonged ? 200 : nil))
            #expect(stand.sessions.standings == 1)
        }
    }

    @Test(arguments: Client.allCases)
    func `reaches nobody while the store does not say who may have it`(client: Client) async throws {
        try await Self.poll(client) { stand, token in
            let session = try #require(stand.sessions.session(token))
            stand.sessions.setAway(true)
            await stand.gateway.apply([.user(session.principal.userID)])
        } _: { _, answer in
            #expect(answer.status == nil && answer.text.isEmpty)
        }
    }

    /// Where a connection to the application is at hand, the loop itself hears the answer. What it came over is closed then,
    /// and the next stream of the client's connection knows nothing of it.
    @Test func `and that no task waited for is withheld as well, and the next one is served`() async throws {
        let turnstile = Turnstile()
        let script: ScriptedUpstream.Script = { wire, request in
            if request.startLine.contains("/plants") { await turnstile.wait() }
            try await ScriptedUpstream.echo(wire, request)
        }
        try await Stand.with(script) { stand, upstream in
            let wire = try await HTTP2Wire.connect(stand.tls)
            #expect(try await wire.ask("GET", "/public/first").status == 200)
            #expect(try await stand.report().upstreamKept == 1)
            let token = stand.sessions.signIn()
            #expect(try await wire.ask("GET", "/private/known", token: token).status == 200)
            let id = try await wire.begin("GET", "/plants/detroit/x", token: token)
            try await eventually("the application is asked") { await turnstile.isReached }
            try await Task.sleep(for: .milliseconds(150))
            try await stand.endSession(token)
            await turnstile.open()
            let withheld = try await wire.answer(id)
            #expect(withheld.status == nil && withheld.closeCode == .cancel)
            #expect(await upstream.connections == 1)
            #expect(try await stand.report().upstreamInUse == 0)
            #expect(try await stand.report().upstreamKept == 0)
            let next = try await wire.begin("GET", "/public/next")
            #expect(try await wire.answer(next).status == 200)
            #expect(await upstream.connections == 2)
            await wire.close()
        }
    }

    /// What an application says before its answer comes from somebody's right as well.
    @Test(arguments: Client.allCases)
    func `and is announced by an interim one has neither reach who has lost the right`(client: Client) async throws {
        let turnstile = Turnstile()
        let script: ScriptedUpstream.Script = { wire, _ in
            await turnstile.wait()
            try await wire.write("HTTP/1.1 103 Early Hints\r\nLink: </secret>\r\n\r\n")
            _ = try await wire.some()
        }
        try await Stand.with(script) { stand, _ in
            let token = stand.sessions.signIn()
            let (http1, http2) = (try await Wire.connect(stand.plain), try await HTTP2Wire.connect(stand.tls))
            var id: Int32 = 0
            switch client {
            case .http1: try await http1.write(Stand.request("GET /private/x", token: token))
            case .http2: id = try await http2.begin("GET", "/private/x", token: token)
            }
            try await eventually("the application is asked") { await turnstile.isReached }
            try await Task.sleep(for: .milliseconds(150))
            try await stand.endSession(token)
            await turnstile.open()
            switch client {
            case .http1: #expect(try await http1.rest().isEmpty)
            case .http2:
                let answer = try await http2.answer(id)
                #expect(answer.interim.isEmpty && answer.status == nil && answer.closeCode == .cancel)
            }
            await http1.close()
            await http2.close()
        }
    }
}

extension Stand {
    /// Ends a session in the store, and has the gateway hear of it.
    fileprivate func endSession(_ token: String) async throws {
        let session = try #require(sessions.session(token))
        sessions.remove(token)
        await gateway.apply([.session(session.sessionID, of: session.principal.userID)])
    }
}
