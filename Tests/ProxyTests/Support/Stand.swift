import Assertion
import Configuration
import EventLoop
import Foundation
import Identity
import Logging
import Policy
import Synchronization
import Telemetry
import Testing

@testable import Proxy

/// A gateway between test clients and a test upstream, gone when the test is over.
///
/// Its routes:
/// - `/public/**` for anyone, `/limited/**` with bodies of at most 1000 bytes, `/plain/**` without upgrades, and
///   `/tunnels/**` with `websocket` and `echo/1`, also for pages of `https://desk.example.com`;
/// - `/rated/**` and `/rated-people/**` for anyone and `/rated-private/**` for whoever is signed in, with rates of two
///   requests an hour;
/// - `/plants/{plant}/**` for operators and `/engineers/{plant}/**` for engineers of the plant, and `/private/**` for
///   whoever is signed in.
final class Stand: Sendable {
    let gateway: Gateway
    let sessions: FakeSessions
    let pages: FakePages
    /// The ports of the plain, the TLS, the redirecting and the operations listener.
    let plain: UInt16
    let tls: UInt16
    let redirect: UInt16
    let operations: UInt16

    private init(_ gateway: Gateway, _ sessions: FakeSessions, _ pages: FakePages) {
        self.gateway = gateway
        self.sessions = sessions
        self.pages = pages
        let ports = gateway.addresses.map { $0.port ?? 0 }
        (plain, tls, redirect, operations) = (ports[0], ports[1], ports[2], ports[3])
    }

    /// What a test may want otherwise.
    struct Options: Sendable {
        var staleness: Duration = .seconds(60)
        var workers = 1
        var trustedProxies: [String] = []
        // Long, so that a busy machine is not taken for a slow peer.
        var head: Duration = .seconds(60)
        var bodyIdle: Duration = .seconds(60)
        var keepAliveIdle: Duration = .seconds(75)
        // Long enough for a machine that does much else; tests of these bring their own.
        var connect: Duration = .seconds(20)
        var firstByte: Duration = .seconds(60)
        var idle: Duration = .seconds(60)
        var unreadiness: String?
        var accessLog: LogWriter?
        var page: Duration = .seconds(20)
        var greetingPatience: Duration?
        var keptRequestBytesMax: Int?
        /// Sessions of another store than the stand's own, with what rotates their cookies.
        var lookup: (any SessionLookup)?
        /// What routes require, by their names, in place of what they usually do.
        var conditions: [String: Requirement.Condition] = [:]
        /// Where the plain listener is.
        var plain = "127.0.0.1:0"
        /// The plants that routes are bound to, by their names; and routes that there are not.
        var plants: [String: String] = [:]
        var missing: Set<String> = []
        var clock: any WallClock = SystemClock()
        var rotate: @Sendable (String, String) async -> RotatedCookie? = { _, _ in nil }
        var rotation: Duration = .seconds(900)
        var limits = ClientLimits()
        /// What else is to be otherwise about how slow a client may be.
        var timeouts = ClientTimeouts()
        var expectsProxyHeader = false
        var strictTransport: StrictTransport?
        var logger: Logger?
        /// In place of the ports.
        var endpoints: [String]?
        var balance = UpstreamSettings.Balance.leastRequests
        var health: UpstreamSettings.HealthCheck?
        var ejection: UpstreamSettings.Ejection? = UpstreamSettings.Ejection()
        var retries = UpstreamSettings.Retries()
        var upstreamLimits = UpstreamSettings.Limits()
        var resolve = Duration.seconds(30)
        var tls = UpstreamSettings.TLS()
        var addressesOfName: (@Sendable (String) -> [String])?
        /// What the configuration says of assertions, and who signs them.
        var assertion: AssertionSettings?
        var issuer = AssertionIssuer()
    }

    /// Runs `body` with a gateway in front of these ports, and takes it down.
    static func with(
        upstreams ports: [UInt16], options change: (inout Options) -> Void = { _ in },
        _ body: @Sendable (Stand) async throws -> Void
    ) async throws {
        let stand = try await start(ports, options: change)
        do {
            try await body(stand)
        } catch {
            await stand.gateway.drain(limit: .milliseconds(100))
            throw error
        }
        await stand.gateway.drain(limit: .milliseconds(100))
    }

    /// A gateway in front of these ports, which the caller takes down.
    static func start(_ ports: [UInt16], options change: (inout Options) -> Void = { _ in }) async throws -> Stand {
        var options = Options()
        change(&options)
        let sessions = FakeSessions()
        let pages = FakePages()
        let unreadiness = options.unreadiness
        var environment = Gateway.Environment(
            sessions: options.lookup ?? sessions, responder: pages, assertions: options.issuer,
            recordUses: { sessions.record($0) },
            rotate: options.rotate, unreadiness: { unreadiness }, accessLog: options.accessLog,
            clock: options.clock, pageTimeout: options.page)
        if let logger = options.logger { environment.logger = logger }
        if let patience = options.greetingPatience { environment.greetingPatience = patience }
        if let most = options.keptRequestBytesMax { environment.keptRequestBytesMax = most }
        environment.addressesOfName = options.addressesOfName
        let gateway = try await Gateway.start(try snapshot(ports, options), environment)
        return Stand(gateway, sessions, pages)
    }

    /// Runs `body` with a gateway in front of one scripted upstream.
    static func with(
        _ script: @escaping ScriptedUpstream.Script = ScriptedUpstream.echo, readsBody: Bool = true,
        options change: (inout Options) -> Void = { _ in },
        _ body: @Sendable (Stand, ScriptedUpstream) async throws -> Void
    ) async throws {
        let upstream = try await ScriptedUpstream.start(readsBody: readsBody, script)
        try await with(upstreams: [upstream.port], options: change) { stand in try await body(stand, upstream) }
        await upstream.stop()
        await upstream.closeConnections()
    }

    /// The only worker's report.
    func report() async throws -> WorkerReport { try #require(await gateway.reports().first) }

    /// Sends one request on a connection of its own and answers with what comes back.
    func ask(
        _ request: String, host: String = "localhost", fields: [String] = [], token: String? = nil, body: String = ""
    ) async throws -> Message {
        let wire = try await Wire.connect(plain)
        try await wire.write(Stand.request(request, host: host, fields: fields, token: token, body: body))
        let answer = try await wire.message(bodyless: request.hasPrefix("HEAD"))
        await wire.close()
        return try #require(answer)
    }

    static func request(
        _ request: String, host: String = "localhost", fields: [String] = [], token: String? = nil, body: String = ""
    ) -> String {
        var lines = ["\(request) HTTP/1.1", "Host: \(host)"] + fields
        if let token { lines.append("Cookie: __Host-gatehouse=\(token)") }
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    static let navigation = ["Accept: text/html,*/*;q=0.8", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"]
}

/// Pages of the gateway's own, which say what they were asked.
final class FakePages: LocalResponder {
    private let asked = Mutex<[LocalRequest]>([])
    private let told = Mutex<[ErrorPage]>([])

    var requests: [LocalRequest] { asked.withLock { $0 } }
    var errors: [ErrorPage] { told.withLock { $0 } }

    func respond(to request: LocalRequest) async -> LocalResponse {
        asked.withLock { $0.append(request) }
        // Ends when it is told to.
        if request.path == "/.gatehouse/hang" { try? await Task.sleep(for: .seconds(60)) }
        return LocalResponse(
            status: 200, fields: [("Content-Type", "text/html"), ("X-Evil\r\nInjected", "1"), ("X-Bad", "a\r\nb: c")],
            body: Array("page \(request.path)".utf8))
    }

    func errorPage(_ page: ErrorPage) async -> LocalResponse {
        told.withLock { $0.append(page) }
        return LocalResponse(
            status: page.status, fields: [("Content-Type", "text/html")], body: Array("error \(page.code)".utf8))
    }
}

/// Records an issue unless the answer has this status.
func expect(_ status: Int, of answer: Message, sourceLocation: Testing.SourceLocation = #_sourceLocation) {
    #expect(answer.status == status, "\(answer.startLine) \(answer.text)", sourceLocation: sourceLocation)
}
