import Configuration
import EventLoop
import HTTP2
import Logging
import Testing

@testable import Proxy

@Suite struct `Connections kept to an application` {
    /// Closes each connection with its second request, without an answer: what a kept connection that has gone stale
    /// looks like when the news come too late.
    private static func closing(after answered: Int) -> ScriptedUpstream.Script {
        let counts = Counts()
        return { wire, request in
            if await counts.next(ObjectIdentifier(wire)) > answered { return await wire.close() }
            try await ScriptedUpstream.echo(wire, request)
        }
    }

    private actor Counts {
        private var counts: [ObjectIdentifier: Int] = [:]
        func next(_ id: ObjectIdentifier) -> Int {
            counts[id, default: 0] += 1
            return counts[id] ?? 0
        }
    }

    @Test(arguments: ["GET", "HEAD", "PUT", "DELETE"])
    func `that were closed meanwhile are replaced for what may be asked twice`(method: String) async throws {
        try await Stand.with(Self.closing(after: 1)) { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/1"))
            #expect(try await wire.message()?.status == 200)
            try await wire.write(Stand.request("\(method) /public/2", body: method == "PUT" ? "again" : ""))
            let answer = try #require(await wire.message(bodyless: method == "HEAD"))
            #expect(answer.status == 200)
            if method == "PUT" { #expect(answer.text.hasSuffix("again")) }
            #expect(await upstream.connections == 2)
            #expect(try await stand.report().upstreamRetries == 1)
            await wire.close()
        }
    }

    @Test(arguments: ["POST", "PATCH"])
    func `that were closed meanwhile are not replaced for what must not be done twice (RFC 9110, 9.2.2)`(
        method: String
    ) async throws {
        try await Stand.with(Self.closing(after: 1)) { stand, upstream in
            let wire = try await Wire.connect(stand.plain)
            try await wire.write(Stand.request("GET /public/1"))
            #expect(try await wire.message()?.status == 200)
            try await wire.write(Stand.request("\(method) /public/2", body: "once"))
            expect(502, of: try #require(await wire.message()))
            #expect(await upstream.requests.filter { $0.startLine.hasPrefix(method) }.count == 1)
            await wire.close()
        }
    }

    @Test func `a connection is kept after an answer that came in many pieces`() async throws {
        let pieces = Array(repeating: [UInt8](repeating: 120, count: 30_000), count: 4)
        try await Stand.with({ wire, _ in
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 120000\r\n\r\n")
            for piece in pieces { try await wire.write(piece) }
        }) { stand, upstream in
            for _ in 0..<200 {
                let answer = try await stand.ask("GET /public/x")
                #expect(answer.body.count == 120_000)
            }
            #expect(await upstream.connections == 1)
        }
    }

    @Test func `are not asked again and again when a new one fails as well`() async throws {
        try await Stand.with(Self.closing(after: 0)) { stand, upstream in
            expect(502, of: try await stand.ask("GET /public/1"))
            #expect(await upstream.connections == 1)
        }
    }

    @Test func `that the application has closed are not used`() async throws {
        try await Stand.with { stand, upstream in
            expect(200, of: try await stand.ask("POST /public/1", body: "x"))
            await upstream.closeConnections()
            try await eventually { try await stand.report().upstreamKept == 0 }
            expect(200, of: try await stand.ask("POST /public/2", body: "x"))
            #expect(await upstream.connections == 2)
            #expect(try await stand.report().upstreamRetries == 0)
        }
    }

    /// An endpoint of a worker's, on the test's loop.
    private static func endpoint(_ port: UInt16) throws -> UpstreamEndpoint {
        let settings = UpstreamSettings(name: "app", endpoints: [])
        return UpstreamEndpoint(
            target: EndpointTarget(
                address: try #require(SocketAddress(host: "127.0.0.1", port: port)), label: "", tls: nil,
                serverName: "", authority: ""),
            settings: settings, limits: UpstreamLimits(settings, workers: 1),
            log: UpstreamLog(Logger(label: "", factory: { _ in SwiftLogNoOpLogHandler() })),
            means: UpstreamMeans(
                loop: TestLoop.shared, tasks: ParkedTasks {}, http2Workspace: HTTP2Workspace(keptMax: 1)))
    }

    /// A client that leaves in the very moment in which its answer comes: the answer is passed on and the connection
    /// given back, and nobody could ever wait on it again.
    @Test(arguments: [false, true])
    func `are not those whose use was broken off`(isBrokenOff: Bool) async throws {
        let upstream = try await ScriptedUpstream.start()
        let port = upstream.port
        let isKept = try await Task(executorPreference: TestLoop.shared) {
            let endpoint = try Self.endpoint(port)
            defer { endpoint.close() }
            let connection = try await endpoint.acquire(fresh: false, once: false)
            if isBrokenOff { connection.cancel() }
            endpoint.keep(connection)
            #expect(endpoint.inUse == 0)
            return endpoint.takeKept(once: false) != nil
        }.value
        #expect(isKept != isBrokenOff)
        await upstream.stop()
    }

    /// The loop does not turn between the application's close and the next request, as on a busy machine.
    @Test(arguments: [false, true])
    func `are looked at once more before what must not be sent twice`(once: Bool) async throws {
        let application = try BareListener()
        let isLent = try await Task(executorPreference: TestLoop.shared) {
            let endpoint = try Self.endpoint(application.port)
            defer { endpoint.close() }
            endpoint.keep(try await endpoint.acquire(fresh: true, once: false))
            try application.closeFirst()
            return endpoint.takeKept(once: once) != nil
        }.value
        // What the loop has not heard of yet is tried, and tried again, where that does no harm.
        #expect(isLent != once)
    }

    @Test func `are spread over the endpoints, past one that is down`() async throws {
        let one = try await ScriptedUpstream.start()
        let other = try await ScriptedUpstream.start()
        let ports = [one.port, ScriptedUpstream.nobodysPort, other.port]
        try await Stand.with(upstreams: ports, options: { $0.balance = .roundRobin }) { stand in
            for _ in 0..<12 { expect(200, of: try await stand.ask("GET /public/x")) }
            let counts = (await one.requests.count, await other.requests.count)
            #expect(counts.0 >= 4 && counts.1 >= 4 && counts.0 + counts.1 == 12)
        }
        await one.stop()
        await other.stop()
    }
}
