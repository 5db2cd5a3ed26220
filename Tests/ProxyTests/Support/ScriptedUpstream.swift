import EventLoop
import Foundation
import Synchronization
import TLS

/// An application behind the gateway, as nice or as nasty as a test wants it.
actor ScriptedUpstream {
    /// A port at which nothing listens. One that was just given up might be given to another test.
    static let nobodysPort: UInt16 = 1

    typealias Script = @Sendable (Wire, Message) async throws -> Void

    private nonisolated let loop = TestLoop.shared
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    nonisolated let port: UInt16
    private let tls: ServerContext?
    private var listener: Listener?
    private let script: Script
    private(set) var connections = 0
    private(set) var requests: [Message] = []
    private var open: [Wire] = []

    /// Listens at once. `script` is given each request with its body read, and answers on the wire.
    ///
    /// - Parameters:
    ///   - address: where, if not at a port of this machine that the kernel chooses.
    ///   - tls: to speak TLS.
    static func start(
        at address: String = "127.0.0.1:0", tls: ServerContext? = nil, readsBody: Bool = true,
        _ script: @escaping Script = echo
    ) async throws -> ScriptedUpstream {
        let handover = try await Task(executorPreference: TestLoop.shared) {
            guard let address = SocketAddress(address) else { throw WireError.noAddress }
            return ListenerHandover(listener: try Listener(address: address, loop: TestLoop.shared))
        }.value
        let upstream = ScriptedUpstream(handover, tls, script)
        Task { await upstream.run(readsBody: readsBody) }
        return upstream
    }

    private struct ListenerHandover: @unchecked Sendable { let listener: Listener }

    private init(_ handover: ListenerHandover, _ tls: ServerContext?, _ script: @escaping Script) {
        self.tls = tls
        listener = handover.listener
        port = handover.listener.address.port ?? 0
        self.script = script
    }

    private func run(readsBody: Bool) async {
        while let listener {
            switch listener.accept() {
            case .accepted(let socket, _):
                connections += 1
                let wire = Wire(Wire.Handover(socket: socket))
                open.append(wire)
                Task { await self.serve(wire, readsBody) }
            case .wouldBlock:
                do { try await listener.acceptable(deadline: .distantFuture) } catch { return }
            case .exhausted, .transient:
                await loop.sleep(until: loop.now + .milliseconds(5))
            case .broken: return
            }
        }
    }

    private func serve(_ wire: Wire, _ readsBody: Bool) async {
        do {
            if let tls { try await wire.accept(tls) }
            while let request = try await (readsBody ? wire.message() : wire.head()) {
                requests.append(request)
                try await script(wire, request)
            }
        } catch {
            // The test sees what the client got.
        }
        await wire.close()
    }

    /// Closes the connections that stand, as an application that restarts does.
    func closeConnections() async {
        for wire in open { await wire.close() }
        open = []
    }

    func stop() {
        listener?.stop()
        listener = nil
    }

    /// Answers with the head that arrived, a line a field, and then the body.
    static let echo: Script = { wire, request in
        let head = ([request.startLine] + request.fields.map { "\($0.name): \($0.value)" }).joined(separator: "\n")
        let body = Array((head + "\n\n").utf8) + request.body
        try await wire.write(
            Array("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body)
    }

    /// Answers every request with these bytes.
    static func always(_ answer: String) -> Script { { wire, _ in try await wire.write(answer) } }
}
