import EventLoop
import GatehouseTesting
import HTTP2
import Identity
import Policy
import Testing

@testable import Proxy

/// Live streams end with the right that they began by, and with nothing less.
@Suite struct `What goes on when a right changes` {
    private static let closed = WebSocketFrames.close(1008)

    /// Events without an end, of which the first comes at once.
    private static let events: ScriptedUpstream.Script = { wire, _ in
        try await wire.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        _ = try await wire.some()
    }

    private func begin(_ stand: Stand, _ path: String, token: String) async throws -> Wire {
        let wire = try await Wire.connect(stand.plain)
        try await wire.write(Stand.request("GET \(path)", token: token))
        #expect(try await wire.head()?.status == 200)
        #expect(try await wire.take(6) == Array("1\r\na\r\n".utf8))
        return wire
    }

    @Test(arguments: ["session", "user", "role", "lower role", "plant", "everything", "feed"])
    func `is a WebSocket closed with 1008 if the right is gone`(what: String) async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, _ in
            await stand.gateway.apply([], feed: FeedState(since: .now(), until: .now()))
            let token = stand.sessions.signIn("ada", roles: ["detroit": .engineer])
            let other = stand.sessions.signIn("bob", roles: ["detroit": .engineer])
            let wire = try await Tunnels.open(stand, "/engineers/detroit/x", token: token)
            let neighbour = try await Tunnels.open(stand, "/engineers/detroit/x", token: other)
            let known = try #require(stand.sessions.session(token))
            let user = known.principal.userID
            let plant = try #require(known.principal.memberships.first).plantID
            switch what {
            case "role", "plant": stand.sessions.put(known.with(role: nil), for: token)
            case "lower role": stand.sessions.put(known.with(role: .supervisor), for: token)
            default: stand.sessions.remove(token)
            }
            let changes: [IdentityChange] =
                switch what {
                case "session": [.session(known.sessionID, of: user)]
                case "user": [.user(user)]
                case "plant": [.plant(plant)]
                case "everything": [.everything]
                case "feed": []
                default: [.role(of: user, in: plant)]
                }
            let feed = what == "feed" ? FeedState(since: .now(), until: .now()) : nil
            await stand.gateway.apply(changes, feed: feed)
            #expect(try await wire.take(4) == Self.closed)
            #expect(try await wire.rest().isEmpty)
            try await Tunnels.expectOpen(neighbour)
            for wire in [wire, neighbour] { await wire.close() }
        }
    }

    @Test func `does whoever still may go on, whatever changes`() async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, _ in
            let token = stand.sessions.signIn("ada", roles: ["detroit": .engineer])
            let wire = try await Tunnels.open(stand, "/plants/detroit/x", token: token)
            let known = try #require(stand.sessions.session(token))
            let user = known.principal.userID
            let plant = try #require(known.principal.memberships.first).plantID
            // Enough for this route, which wants an operator.
            stand.sessions.put(known.with(role: .operator), for: token)
            for change: IdentityChange in [
                .session(known.sessionID, of: user), .user(user), .role(of: user, in: plant), .plant(plant),
                .everything,
            ] {
                let asked = stand.sessions.standings
                await stand.gateway.apply([change])
                try await eventually { stand.sessions.standings > asked }
                try await Tunnels.expectOpen(wire)
            }
            await wire.close()
        }
    }

    @Test func `is nobody asked about for what others lose`() async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, _ in
            await stand.gateway.apply([], feed: FeedState(since: .now(), until: .now()))
            let token = stand.sessions.signIn()
            let wire = try await Tunnels.open(stand, "/plants/detroit/x", token: token)
            let user = try #require(stand.sessions.session(token)).principal.userID
            await stand.gateway.apply([
                .session(SessionID(.random(from: SystemRandomSource())), of: user),
                .user(UserID(.random(from: SystemRandomSource()))), .plant(PlantID(9_999)),
            ])
            #expect(stand.sessions.standings == 0)
            // What was asked about next is the first question, so nothing else was on its way.
            await stand.gateway.apply([.user(user)])
            try await eventually { stand.sessions.standings > 0 }
            try await Tunnels.expectOpen(wire)
            #expect(stand.sessions.standings == 1)
            await wire.close()
        }
    }

    @Test func `ends a stream with its grant, unless that was prolonged`() async throws {
        let clock = FakeClock()
        let change: (inout Stand.Options) -> Void = { $0.clock = clock }
        try await Stand.with(Tunnels.echo, readsBody: false, options: change) { stand, _ in
            let tokens = ["ada", "bob"].map { stand.sessions.signIn($0, lifetime: .seconds(864_000), now: clock.now()) }
            var wires: [Wire] = []
            for token in tokens {
                let known = try #require(stand.sessions.session(token))
                stand.sessions.put(known.with(role: .operator, until: clock.now() + .seconds(3600)), for: token)
                wires.append(try await Tunnels.open(stand, "/plants/detroit/x", token: token))
            }
            let known = try #require(stand.sessions.session(tokens[1]))
            stand.sessions.put(known.with(role: .operator), for: tokens[1])
            clock.advance(by: .seconds(3600))
            #expect(try await wires[0].take(4) == Self.closed)
            try await Tunnels.expectOpen(wires[1])
            #expect(stand.sessions.standings > 0)
            for wire in wires { await wire.close() }
        }
    }

    @Test func `breaks a download off that nobody can vouch for`() async throws {
        try await Stand.with(Self.events) { stand, _ in
            let wire = try await begin(stand, "/private/events", token: stand.sessions.signIn())
            stand.sessions.setAway(true)
            await stand.gateway.apply([.everything])
            #expect(try await wire.rest().isEmpty, "nothing that looks like an end")
            await wire.close()
        }
    }

    /// A gateway that is cut off does not know what is taken away meanwhile.
    @Test func `ends a stream when nobody has vouched for it for as long as a cached session serves`() async throws {
        try await Stand.with(Self.events, options: { $0.staleness = .seconds(12) }) { stand, _ in
            let wire = try await begin(stand, "/private/events", token: stand.sessions.signIn())
            stand.sessions.setAway(true)
            #expect(try await wire.rest().isEmpty)
            #expect(stand.sessions.standings > 0, "not without a question")
            await wire.close()
        }
    }

    @Test func `goes on without a feed as long as the store answers`() async throws {
        try await Stand.with(Tunnels.echo, readsBody: false, options: { $0.staleness = .seconds(12) }) { stand, _ in
            let wire = try await Tunnels.open(stand, "/private/x", token: stand.sessions.signIn())
            // Asked every half of that.
            try await eventually { stand.sessions.standings >= 2 }
            try await Tunnels.expectOpen(wire)
            await wire.close()
        }
    }

    /// The change comes after the decision, and before there is a stream that it could be about.
    @Test func `ends a stream that a change has overtaken before it began`() async throws {
        let turnstile = Turnstile()
        let script: ScriptedUpstream.Script = { wire, request in
            await turnstile.wait()
            try await Self.events(wire, request)
        }
        try await Stand.with(script) { stand, _ in
            let token = stand.sessions.signIn()
            let known = try #require(stand.sessions.session(token))
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /private/events", token: token))
            try await eventually { await turnstile.isReached }
            stand.sessions.remove(token)
            await stand.gateway.apply([.session(known.sessionID, of: known.principal.userID)])
            await turnstile.open()
            // What was awaited for long has not even begun.
            if let head = try await wire.head() { #expect(head.status == 200) }
            _ = try await wire.rest()
            #expect(stand.sessions.standings == 1)
            await wire.close()
        }
    }

    @Test func `ends an upload whose answer has not begun`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in _ = try await wire.take(1_000_000) }
        try await Stand.with(script, readsBody: false) { stand, upstream in
            let token = stand.sessions.signIn()
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(
                Stand.request("POST /private/up", fields: ["Transfer-Encoding: chunked"], token: token) + "1\r\na\r\n")
            try await eventually { try await stand.report().streams == 1 }
            stand.sessions.remove(token)
            await stand.gateway.apply([.everything])
            #expect(try await wire.rest().isEmpty)
            try await eventually { try await stand.report().streams == 0 }
            #expect(await upstream.connections == 1, "nothing is tried again")
            await wire.close()
        }
    }

    // MARK: Reloads

    @Test func `ends what a new configuration does not let in, and nothing else`() async throws {
        try await Stand.with(Tunnels.echo, readsBody: false) { stand, upstream in
            let ada = stand.sessions.signIn("ada", roles: ["detroit": .operator])
            let bob = stand.sessions.signIn("bob", roles: ["detroit": .engineer])
            let lost = [
                try await Tunnels.open(stand, "/plants/detroit/x", token: ada),
                try await Tunnels.open(stand, "/public/x"),
            ]
            let kept = [
                try await Tunnels.open(stand, "/plants/detroit/x", token: bob),
                try await Tunnels.open(stand, "/public/x", token: ada),
                try await Tunnels.open(stand, "/private/x", token: ada),
            ]
            var options = Stand.Options()
            options.conditions["plants"] = .person(role: .engineer, anyRole: nil, users: nil)
            options.conditions["public"] = .signedIn
            _ = try await stand.gateway.replaceSnapshot(Stand.snapshot([upstream.port], options))
            for wire in lost { #expect(try await wire.take(4) == Self.closed) }
            for wire in kept { try await Tunnels.expectOpen(wire) }
            #expect(stand.sessions.standings == 0, "no need to ask: who they are is known")
            for wire in lost + kept { await wire.close() }
        }
    }

    // MARK: HTTP/2

    @Test func `resets the stream alone, and the connection goes on`() async throws {
        try await Stand.with(Self.events) { stand, _ in
            let (ada, bob) = (stand.sessions.signIn("ada"), stand.sessions.signIn("bob"))
            let wire = try await HTTP2Wire.connect(stand.tls)
            let lost = try await wire.begin("GET", "/private/events", token: ada)
            let kept = try await wire.begin("GET", "/private/events", token: bob)
            for id in [lost, kept] {
                let answer = try await wire.hear(id) { !$0.body.isEmpty }
                #expect(answer.status == 200 && answer.text == "a")
            }
            #expect(try await stand.report().streams == 2)
            let session = try #require(stand.sessions.session(ada))
            stand.sessions.remove(ada)
            await stand.gateway.apply([.session(session.sessionID, of: session.principal.userID)])
            let answer = try await wire.answer(lost)
            #expect(answer.closeCode == .cancel && !answer.isComplete)
            try await eventually { try await stand.report().streams == 1 }
            // The one beside it still runs, and new ones are served.
            #expect(try await wire.ask("GET", "/private/x", token: ada).status == 401)
            let still = try await wire.hear(kept) { _ in true }
            #expect(still.closeCode == nil && !still.isComplete)
            await wire.close()
        }
    }

    /// What serves a stream serves the next one as well.
    @Test func `resets one stream after the other, and answers in between`() async throws {
        let script: ScriptedUpstream.Script = { wire, request in
            guard request.startLine.contains("/public/") else { return try await Self.events(wire, request) }
            // Too much to be sent at once.
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n")
            try await wire.write([UInt8](repeating: 0x61, count: 300_000))
        }
        try await Stand.with(script) { stand, _ in
            let wire = try await HTTP2Wire.connect(stand.tls)
            for _ in 0..<3 {
                let token = stand.sessions.signIn()
                let id = try await wire.begin("GET", "/private/events", token: token)
                _ = try await wire.hear(id) { !$0.body.isEmpty }
                stand.sessions.remove(token)
                await stand.gateway.apply([.everything])
                let end = try await wire.answer(id)
                #expect(end.closeCode == .cancel && end.text == "a")
                try await eventually { try await stand.report().streams == 0 }
                let answer = try await wire.ask("GET", "/public/large")
                #expect(answer.isComplete && answer.body.count == 300_000)
            }
            await wire.close()
        }
    }

    @Test func `resets an upload whose answer has not begun`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in _ = try await wire.take(1_000_000) }
        try await Stand.with(script, readsBody: false) { stand, _ in
            let token = stand.sessions.signIn()
            let wire = try await HTTP2Wire.connect(stand.tls)
            let id = try await wire.begin("POST", "/private/up", token: token, ends: false)
            try await wire.send(Array("abc".utf8), on: id)
            try await eventually { try await stand.report().streams == 1 }
            stand.sessions.remove(token)
            await stand.gateway.apply([.everything])
            let answer = try await wire.answer(id)
            #expect(answer.closeCode == .cancel && answer.status == nil)
            try await eventually { try await stand.report().streams == 0 }
            await wire.close()
        }
    }

    @Test func `resets a stream whose client reads nothing`() async throws {
        let script: ScriptedUpstream.Script = { wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
            try await wire.write([UInt8](repeating: 0x61, count: 10_000_000))
        }
        try await Stand.with(script) { stand, _ in
            let token = stand.sessions.signIn()
            let wire = try await HTTP2Wire.connect(stand.tls)
            await wire.takesNothing()
            let id = try await wire.begin("GET", "/private/large", token: token)
            _ = try await wire.hear(id) { $0.status == 200 }
            try await eventually { try await stand.report().streams == 1 }
            stand.sessions.remove(token)
            await stand.gateway.apply([.everything])
            // Not reading while the reset is on its way.
            try await eventually { try await stand.report().streams == 0 }
            try await wire.takesAgain()
            let answer = try await wire.answer(id)
            #expect(answer.closeCode == .cancel && !answer.isComplete)
            await wire.close()
        }
    }
}

extension AuthenticatedSession {
    /// Somebody else's word on a session: the same person in another role, or none.
    func with(role: Role?, until end: Timestamp? = nil, expiresAt: Timestamp? = nil) -> AuthenticatedSession {
        let memberships = principal.memberships.flatMap { held in
            role.map {
                [
                    PlantMembership(
                        plantID: held.plantID, plantCode: held.plantCode, plantName: held.plantName, role: $0,
                        expiresAt: end)
                ]
            } ?? []
        }
        return AuthenticatedSession(
            sessionID: sessionID,
            principal: Principal(
                userID: principal.userID, username: principal.username, email: principal.email, name: principal.name,
                globalRoles: principal.globalRoles, memberships: memberships),
            host: host, lastUsedAt: lastUsedAt, expiresAt: expiresAt ?? self.expiresAt)
    }
}
