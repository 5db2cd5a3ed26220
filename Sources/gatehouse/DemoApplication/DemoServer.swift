import EventLoop
import HTTP1
import HTTPMessage

/// The server of the demo application: one loop, HTTP/1.1, every path answered with `IdentityPage`.
///
/// It stands behind the gateway and trusts what it is told: never put it where clients can reach it.
actor DemoServer {
    private let loop: EventLoop
    private let listener: Listener
    private var connections: [UInt64: DemoConnection] = [:]
    private var last: UInt64 = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(address: SocketAddress, loop: EventLoop) throws(IOError) {
        self.loop = loop
        listener = try Listener(address: address, loop: loop)
    }

    /// Where it listens.
    var address: SocketAddress { listener.address }

    private func serve(_ number: UInt64) async {
        await connections[number]?.serve()
        connections[number] = nil
    }

    /// Serves until the loop stops.
    func run() async {
        while true {
            switch listener.accept() {
            case .accepted(let socket, _):
                last += 1
                let number = last
                connections[number] = DemoConnection(socket)
                Task(executorPreference: loop) { await self.serve(number) }
            case .wouldBlock:
                do throws(IOError) { try await listener.acceptable() } catch { return }
            case .exhausted:
                await loop.sleep(until: loop.now + .milliseconds(100))
            case .transient:
                continue
            case .broken:
                return
            }
        }
    }
}
