import EventLoop
import HTTP2
import Identity
import Policy
import Testing

@testable import Proxy

/// A configuration that takes rights away takes away what goes on by them, of whatever kind that is.
@Suite struct `A reload` {
    /// What is going on when the configuration changes.
    enum Occupation: CaseIterable, CustomTestStringConvertible {
        case longPoll, longPollOverHTTP2, lateSwitch, webSocket, webSocketOverHTTP2, download, downloadOverHTTP2
        case upload, uploadOverHTTP2

        var testDescription: String { "\(self)" }
    }

    /// By what the new configuration takes the right away.
    enum Loss: CaseIterable, CustomTestStringConvertible {
        case route, role, plant

        var testDescription: String { "\(self)" }

        /// On the plant's own path, or on one that the configuration binds to a plant.
        var path: String { self == .plant ? "/private/x" : "/plants/detroit/x" }

        func before(_ options: inout Stand.Options) { if self == .plant { options.plants["private"] = "detroit" } }

        func after(_ options: inout Stand.Options) {
            switch self {
            case .route: options.missing = ["plants"]
            case .role: options.conditions["plants"] = .person(role: .engineer, anyRole: nil, users: nil)
            // She has a role in that one, too: what she is shown is still another plant's.
            case .plant: options.plants["private"] = "osaka"
            }
        }
    }

    @Test(arguments: Occupation.allCases, Loss.allCases)
    func `ends what it takes the right to away`(occupation: Occupation, loss: Loss) async throws {
        try await Self.with(occupation, loss.path, options: loss.before) { stand, application, going in
            var options = Stand.Options()
            loss.after(&options)
            _ = try await stand.gateway.replaceSnapshot(Stand.snapshot([application.port], options))
            try await going.expectLost()
            try await eventually("nothing is left") {
                let report = try await stand.report()
                return report.streams == 0 && report.exchangesLent == 0 && report.upstreamInUse == 0
            }
            #expect(stand.sessions.standings == 0, "no need to ask: who it is is known")
        }
    }

    @Test(arguments: Occupation.allCases, [Loss.role, .plant])
    func `lets go on what is allowed still`(occupation: Occupation, loss: Loss) async throws {
        try await Self.with(occupation, loss.path, options: loss.before) { stand, application, going in
            var options = Stand.Options()
            loss.before(&options)
            options.missing = ["marketing"]
            options.conditions["public"] = .signedIn
            _ = try await stand.gateway.replaceSnapshot(Stand.snapshot([application.port], options))
            try await going.expectKept()
        }
    }

    // MARK: What goes on

    /// What is going on, as the client sees it.
    struct Going: Sendable {
        let occupation: Occupation
        let turnstile: Turnstile
        let http1: Wire
        let http2: HTTP2Wire?
        let id: Int32

        func expectLost() async throws {
            await turnstile.open()
            if let http2 {
                let answer = try await http2.answer(id)
                if occupation == .webSocketOverHTTP2 {
                    #expect(answer.body == WebSocketFrames.close(1008))
                } else {
                    #expect(!answer.isComplete && answer.closeCode == .cancel)
                }
                if occupation == .longPollOverHTTP2 || occupation == .uploadOverHTTP2 { #expect(answer.status == nil) }
                return
            }
            if occupation == .webSocket { #expect(try await http1.take(4) == WebSocketFrames.close(1008)) }
            #expect(try await http1.rest().isEmpty)
        }

        func expectKept() async throws {
            switch occupation {
            case .webSocket: return try await Tunnels.expectOpen(http1)
            case .webSocketOverHTTP2: try await http2?.send(Array("again".utf8), on: id)
            case .upload: try await http1.write("1\r\nb\r\n0\r\n\r\n")
            case .uploadOverHTTP2: try await http2?.send(Array("b".utf8), on: id, ends: true)
            default: break
            }
            await turnstile.open()
            if let http2 {
                let answer = try await http2.hear(id) { $0.text.hasSuffix("again") }
                return #expect(answer.status == 200 && (answer.closeCode ?? .noError) == .noError)
            }
            switch occupation {
            case .lateSwitch:
                #expect(try await http1.head()?.status == 101)
                #expect(try await http1.take(5) == Array("again".utf8))
            case .download: #expect(try await http1.take(5) == Array("again".utf8))
            default: #expect(try await http1.message()?.text == "again")
            }
        }
    }

    /// Says what the client expects once the turnstile is open; a WebSocket echoes.
    private static func script(_ occupation: Occupation, _ turnstile: Turnstile) -> ScriptedUpstream.Script {
        { wire, request in
            switch occupation {
            case .longPoll, .longPollOverHTTP2:
                await turnstile.wait()
                try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain")
            case .lateSwitch:
                await turnstile.wait()
                try await wire.write(Tunnels.switching + "again")
                _ = try await wire.some()
            case .webSocket, .webSocketOverHTTP2:
                try await `A stream for a WebSocket`.echo(wire, request)
            case .download, .downloadOverHTTP2:
                try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst")
                await turnstile.wait()
                try await wire.write("again")
                _ = try await wire.some()
            case .upload, .uploadOverHTTP2:
                while let piece = try await wire.some() { if piece.contains(UInt8(ascii: "b")) { break } }
                try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nagain")
            }
        }
    }

    private static func with(
        _ occupation: Occupation, _ path: String, options change: (inout Stand.Options) -> Void,
        _ body: @escaping @Sendable (Stand, ScriptedUpstream, Going) async throws -> Void
    ) async throws {
        let turnstile = Turnstile()
        try await Stand.with(script(occupation, turnstile), readsBody: false, options: change) { stand, application in
            // With a feed, nobody is asked about because time passes.
            await stand.gateway.apply([], feed: FeedState(since: .now(), until: .now() + .seconds(3600)))
            let token = stand.sessions.signIn(roles: ["detroit": .operator, "osaka": .operator])
            let going = try await begin(occupation, path, token, stand, turnstile)
            try await body(stand, application, going)
            await going.http1.close()
            await going.http2?.close()
            await turnstile.open()
        }
    }

    private static func begin(
        _ occupation: Occupation, _ path: String, _ token: String, _ stand: Stand, _ turnstile: Turnstile
    ) async throws -> Going {
        var http1 = Wire()
        var http2: HTTP2Wire?
        var id: Int32 = 0
        switch occupation {
        case .longPoll:
            http1 = try await Wire.connect(stand.plain)
            try await http1.write(Stand.request("GET \(path)", token: token))
        case .lateSwitch:
            http1 = try await Wire.connect(stand.plain)
            try await http1.write(Stand.request("GET \(path)", fields: Tunnels.webSocket, token: token))
        case .webSocket:
            http1 = try await Tunnels.open(stand, path, token: token)
        case .download:
            http1 = try await Wire.connect(stand.plain)
            try await http1.write(Stand.request("GET \(path)", token: token))
            #expect(try await http1.head()?.status == 200)
            #expect(try await http1.take(5) == Array("first".utf8))
        case .upload:
            http1 = try await Wire.connect(stand.plain)
            let head = Stand.request("POST \(path)", fields: ["Transfer-Encoding: chunked"], token: token)
            try await http1.write(head + "1\r\na\r\n")
            try await eventually("the upload is held") { try await stand.report().streams == 1 }
        case .longPollOverHTTP2:
            let wire = try await HTTP2Wire.connect(stand.tls)
            id = try await wire.begin("GET", path, token: token)
            http2 = wire
        case .webSocketOverHTTP2:
            let wire = try await HTTP2Wire.connect(stand.tls)
            id = try await wire.open(path, token: token)
            _ = try await wire.hear(id) { $0.status == 200 }
            http2 = wire
        case .downloadOverHTTP2:
            let wire = try await HTTP2Wire.connect(stand.tls)
            id = try await wire.begin("GET", path, token: token)
            _ = try await wire.hear(id) { $0.text == "first" }
            http2 = wire
        case .uploadOverHTTP2:
            let wire = try await HTTP2Wire.connect(stand.tls)
            id = try await wire.begin("POST", path, token: token, ends: false)
            try await wire.send(Array("a".utf8), on: id)
            try await eventually("the upload is held") { try await stand.report().streams == 1 }
            http2 = wire
        }
        if [.longPoll, .longPollOverHTTP2, .lateSwitch].contains(occupation) {
            try await eventually("the application is asked") { await turnstile.isReached }
            // Sooner, the answer would be taken for decided on just now.
            try await Task.sleep(for: .milliseconds(150))
        }
        return Going(occupation: occupation, turnstile: turnstile, http1: http1, http2: http2, id: id)
    }
}
