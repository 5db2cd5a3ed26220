import Configuration
import EventLoop
import Glibc
import Synchronization
import Testing

@testable import Proxy

@Suite struct `The name of an endpoint` {
    /// A resolver that a test changes.
    private final class Names: Sendable {
        private let addresses: Mutex<[String]>
        init(_ addresses: [String]) { self.addresses = Mutex(addresses) }
        func become(_ new: [String]) { addresses.withLock { $0 = new } }
        var lookUp: @Sendable (String) -> [String] {
            { name in name == "app.internal" ? self.addresses.withLock { $0 } : [] }
        }
    }

    @Test func `is followed to where it points, and requests under way come to their end`() async throws {
        let names = Names(["127.0.0.1"])
        let release = Doorway()
        let old = try await ScriptedUpstream.start { wire, request in
            if request.startLine.contains("/slow") { await release.wait() }
            try await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold")
        }
        let new = try await ScriptedUpstream.start(
            at: "127.0.0.2:\(old.port)", ScriptedUpstream.always("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew"))
        let log = LogCapture()
        let options: (inout Stand.Options) -> Void = {
            $0.endpoints = ["http://app.internal:\(old.port)"]
            $0.addressesOfName = names.lookUp
            $0.resolve = .milliseconds(50)
            $0.logger = log.logger
        }
        try await Stand.with(upstreams: [], options: options) { stand in
            #expect(try await stand.ask("GET /public/x").text == "old")
            #expect(await old.requests.first?["Host"] == "localhost")
            let slow = try await Wire.connect(stand.plain)
            try await slow.write(Stand.request("GET /public/slow"))
            try await eventually("is under way") { await old.requests.count == 2 }

            names.become(["127.0.0.2"])
            try await eventually("the change is followed") { try await stand.ask("GET /public/x").text == "new" }
            for _ in 0..<5 { #expect(try await stand.ask("GET /public/x").text == "new") }
            await release.open()
            #expect(try await slow.message()?.text == "old")
            #expect(try await stand.report().upstreamInUse == 0)

            // A name that is not known for a while changes nothing.
            names.become([])
            try await eventually("is complained about") {
                log.lines.contains { $0.contains("cannot be looked up") && $0.contains("http://app.internal") }
            }
            #expect(try await stand.ask("GET /public/x").text == "new")

            names.become(["127.0.0.1", "127.0.0.2"])
            try await eventually("both are used") { try await stand.ask("GET /public/x").text == "old" }
            #expect(
                try await stand.report().endpoints.map(\.address).sorted().map { $0.prefix(9) } == [
                    "127.0.0.1", "127.0.0.2",
                ])
            await slow.close()
        }
        await old.stop()
        await new.stop()
    }

    /// When no thread can be made to look it up, as where the limit of them is reached for a while.
    @Test func `is followed as soon as it can be looked up again, and operators hear that it could not`() async throws {
        let names = Names(["127.0.0.1"])
        let log = LogCapture()
        var options = Stand.Options()
        options.endpoints = ["http://app.internal:80"]
        options.resolve = .milliseconds(10)
        let resolution = EndpointResolution(addressesOfName: names.lookUp)
        let settings = try #require(try Stand.snapshot([], options).upstreams.first)
        let plan = try UpstreamPlan(settings, resolution)
        let failures = Mutex(3)
        let addresses = Mutex<[String]>([])
        let loop = try EventLoop(name: "test-watch")
        try loop.start()
        let watch = UpstreamWatch(
            loop: loop, resolution: resolution, log: UpstreamLog(log.logger),
            startResolver: { () throws(IOError) in
                let left = failures.withLock { left in
                    defer { left -= 1 }
                    return left
                }
                if left > 0 { throw IOError(errno: EAGAIN, call: "pthread_create") }
                return try UpstreamWatch.resolverThread()
            }
        ) { news in
            guard case .endpoints(_, let targets) = news else { return }
            addresses.withLock { $0 = targets.map(\.address.description) }
        }
        await watch.watch([plan])
        names.become(["127.0.0.2"])
        try await eventually("the change is followed") { addresses.withLock { $0 } == ["127.0.0.2:80"] }
        #expect(failures.withLock { $0 } < 0)
        let complaints = log.lines.filter { $0.contains("there is no thread for it") }
        #expect(complaints.count == 1 && complaints[0].hasPrefix("error: ") && complaints[0].contains("pthread_create"))
        await watch.end()
        loop.stop()
    }

    @Test func `that nobody knows keeps a gateway from starting, and says so`() async throws {
        await #expect(throws: GatewayError.self) {
            try await Stand.with(
                upstreams: [],
                options: {
                    $0.endpoints = ["http://nowhere.internal"]
                    $0.addressesOfName = { _ in [] }
                }
            ) { _ in }
        }
    }

    private actor Doorway {
        private var isOpen = false
        private var waiting: [CheckedContinuation<Void, Never>] = []
        func wait() async { if !isOpen { await withCheckedContinuation { waiting.append($0) } } }
        func open() {
            isOpen = true
            for waiter in waiting { waiter.resume() }
        }
    }
}
