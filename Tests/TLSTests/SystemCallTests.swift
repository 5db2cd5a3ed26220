import Synchronization
import TLS
import Testing

@testable import EventLoop

@Suite struct SystemCallTests {
    @Test(arguments: TLSVersion.allCases)
    func `a request on a warm connection costs the server one receive and one send`(version: TLSVersion) async throws {
        let context = try ServerContext(certificates: [TestAuthority.shared.certificate("localhost")])
        let client = try Client(versions: version...version)
        let kernel = try CountingKernel()
        let serving = EventLoop(name: "counted", kernel: kernel)
        let requests = 50
        try serving.start()
        defer {
            serving.stop()
            serving.join()
        }
        let (addresses, address) = AsyncStream.makeStream(of: SocketAddress.self)
        async let counted: CountingKernel.Counts = Task(executorPreference: serving) {
            let listener = try serving.localListener()
            address.yield(listener.address)
            let connection = try TLSConnection(
                socket: await listener.next(deadline: serving.soon), context: context)
            try await connection.handshake(deadline: serving.soon)
            let transport = Transport.tls(connection)
            let response = [UInt8](repeating: 1, count: 400)
            // The first one also brings what ends the handshake.
            _ = try await transport.take(200, deadline: serving.soon)
            try await transport.put(response, deadline: serving.soon)
            let before = kernel.counts
            for _ in 0..<requests {
                _ = try await transport.take(200, deadline: serving.soon)
                try await transport.put(response, deadline: serving.soon)
            }
            let after = kernel.counts
            connection.close()
            return CountingKernel.Counts(
                receptions: after.receptions - before.receptions, sends: after.sends - before.sends,
                waits: after.waits - before.waits)
        }.value
        for await place in addresses {
            try await onLoop { loop in
                let transport = Transport.tls(try await client.connect(to: place, loop: loop))
                for _ in 0...requests {
                    try await transport.put([UInt8](repeating: 2, count: 200), deadline: loop.soon)
                    _ = try await transport.take(400, deadline: loop.soon)
                }
            }
            break
        }
        let counts = try await counted
        #expect(counts.receptions == requests)
        #expect(counts.sends == requests)
        #expect(counts.waits <= requests + 2, "a few wake-ups may tell of nothing but room to write")
    }

    @Test(arguments: [(TLSVersion.tls12, 3), (.tls13, 2)])
    func `what nobody waits for at the end of a handshake leaves with the first data`(
        version: TLSVersion, sends: Int
    ) async throws {
        let context = try ServerContext(certificates: [TestAuthority.shared.certificate("localhost")])
        let client = try Client(versions: version...version)
        let kernel = try CountingKernel()
        let serving = EventLoop(name: "counted", kernel: kernel)
        try serving.start()
        defer {
            serving.stop()
            serving.join()
        }
        let (addresses, address) = AsyncStream.makeStream(of: SocketAddress.self)
        async let counted: Int = Task(executorPreference: serving) {
            let listener = try serving.localListener()
            address.yield(listener.address)
            let connection = try TLSConnection(
                socket: await listener.next(deadline: serving.soon), context: context)
            try await connection.handshake(deadline: serving.soon)
            try await Transport.tls(connection).put([42], deadline: serving.soon)
            let sends = kernel.counts.sends
            connection.close()
            return sends
        }.value
        for await place in addresses {
            try await onLoop { loop in
                let connection = try await client.connect(to: place, loop: loop)
                #expect(try await Transport.tls(connection).take(1, deadline: loop.soon) == [42])
            }
            break
        }
        #expect(try await counted == sends)
    }
}

/// The system's kernel, with the calls counted.
private final class CountingKernel: Kernel {
    struct Counts: Sendable {
        var receptions = 0
        var sends = 0
        var waits = 0
    }

    private let system: SystemKernel
    private let state = Mutex(Counts())

    init() throws(IOError) { system = try SystemKernel() }

    var counts: Counts { state.withLock { $0 } }

    func add(_ descriptor: Int32, _ number: RegistrationNumber, _ interest: Readiness) throws(IOError) {
        try system.add(descriptor, number, interest)
    }
    func modify(_ descriptor: Int32, _ number: RegistrationNumber, _ interest: Readiness) throws(IOError) {
        try system.modify(descriptor, number, interest)
    }
    func remove(_ descriptor: Int32) { system.remove(descriptor) }
    func wait(milliseconds: Int32, into events: inout [ReadinessEvent]) {
        state.withLock { $0.waits += 1 }
        system.wait(milliseconds: milliseconds, into: &events)
    }
    func wake() { system.wake() }
    func now() -> MonotonicInstant { system.now() }
    func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        state.withLock { $0.receptions += 1 }
        return unsafe system.receive(descriptor, into: buffer)
    }
    func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        state.withLock { $0.sends += 1 }
        return unsafe system.send(descriptor, bytes)
    }
    func accept(_ listener: Int32, peer: inout SocketAddress?) -> Int32 { system.accept(listener, peer: &peer) }
}
