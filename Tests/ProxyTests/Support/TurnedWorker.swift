import Assertion
import Configuration
import Identity
import Logging
import Synchronization
import TLS
import Testing

@testable import EventLoop
@testable import Proxy

/// A worker whose kernel, clock and peers the test plays, turn by turn, on the test's own thread.
///
/// It serves the stand's routes, without TLS.
final class TurnedWorker {
    let kernel = EagerKernel()
    let loop: EventLoop
    let worker: Worker
    /// Where its application is dialled. What is said there the kernel makes up.
    private let application: BareListener

    init(options change: (inout Stand.Options) -> Void = { _ in }) throws {
        var options = Stand.Options()
        change(&options)
        loop = EventLoop(name: "turned", kernel: kernel)
        loop.adoptCurrentThread()
        application = try BareListener()
        worker = Worker(
            WorkerPlan(
                loop: loop, pageLoop: loop, deployment: try Self.deployment(1, application, options),
                sessions: SessionDirectory.Settings(try Stand.snapshot([application.port], options)),
                budget: ConnectionBudget(options.limits), lookup: FakeSessions(), storeLog: StoreLog(Self.logger),
                listenerLog: ListenerLog(Self.logger),
                assertions: AssertionIssuer(), responder: FakePages(),
                operations: OperationsSource(unreadiness: { nil }, metrics: { [] }), recordUses: { _ in },
                rotate: { _, _ in nil }, logWriter: nil, clock: options.clock,
                keptRequestBytesMax: KeptMemory.bytesMax))
        try call { worker in
            let service = ListenerService(purpose: .gateway, tls: nil, certificateNames: [])
            let address = try #require(SocketAddress("127.0.0.1:0"))
            _ = try await worker.listen(at: address, place: 0, service: service, reusePort: false)
            await worker.start()
        }
    }

    private static let logger = Logger(label: "", factory: { _ in SwiftLogNoOpLogHandler() })

    private static func deployment(
        _ number: Int, _ application: BareListener, _ options: Stand.Options
    ) throws -> DeploymentPlan {
        let snapshot = try Stand.snapshot([application.port], options)
        return DeploymentPlan(
            number: number, snapshot: snapshot, upstreams: try snapshot.upstreams.map { try UpstreamPlan($0, .system) },
            upstreamLog: UpstreamLog(logger),
            timeouts: ConnectionTimeouts(snapshot, page: options.page, greeting: .milliseconds(100)), rates: nil)
    }

    func turn(_ count: Int = 1) { for _ in 0..<count { _ = loop.turn() } }

    /// Turns until `condition` holds; how often. Nil when it does not in so many turns.
    func turns(until condition: () -> Bool, atMost most: Int = 50) -> Int? {
        for count in 0...most {
            if condition() { return count }
            turn()
        }
        return nil
    }

    /// Has the worker do something, and turns until that is done.
    @discardableResult
    func call<R: Sendable>(_ body: @escaping @Sendable (Worker) async throws -> R) throws -> R {
        let outcome = Outcome<R>()
        let worker = worker
        Task(executorPreference: loop) {
            do { outcome.set(.success(try await body(worker))) } catch { outcome.set(.failure(error)) }
        }
        _ = turns(until: { outcome.value != nil })
        return try #require(outcome.value).get()
    }

    private final class Outcome<R: Sendable>: Sendable {
        private let kept = Mutex<Result<R, any Error>?>(nil)
        var value: Result<R, any Error>? { kept.withLock { $0 } }
        func set(_ result: Result<R, any Error>) { kept.withLock { $0 = result } }
    }

    /// Has it serve by another configuration.
    func reload(_ change: (inout Stand.Options) -> Void) throws {
        var options = Stand.Options()
        change(&options)
        let plan = try Self.deployment(2, application, options)
        try call { await $0.replace(plan, sessions: SessionDirectory.Settings(plan.snapshot), services: nil) }
    }

    /// Ends what it does. A test that has turned it does so last.
    func end() {
        loop.stop()
        while loop.turn() {}
        turn()
    }
}
