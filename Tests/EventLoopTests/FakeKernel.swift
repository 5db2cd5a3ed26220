import Glibc
import Synchronization

@testable import EventLoop

/// A kernel whose every answer the test decides. A loop around it runs turn by turn on the test's own thread.
final class FakeKernel: Kernel {
    struct State {
        var time = MonotonicInstant(nanoseconds: 1_000_000_000)
        /// What is registered, by descriptor.
        var interests: [Int32: (number: RegistrationNumber, interest: Readiness)] = [:]
        /// What the next waits bring.
        var news: [[ReadinessEvent]] = []
        /// How long each wait would have lasted at most.
        var timeouts: [Int32] = []
        var wakeCount = 0
        /// What the next receptions bring: bytes, or an error number below zero.
        var receptions: [Result<[UInt8], IOError>] = []
        /// What the next calls of accept answer.
        var arrivals: [Int32] = []
        var modifications = 0
    }

    private let state = Mutex(State())

    func with<R: Sendable>(_ body: (inout sending State) -> sending R) -> R { state.withLock(body) }

    /// Lets the next wait tell this about the registration that `descriptor` has now.
    func tell(_ descriptor: Int32, _ readiness: Readiness) {
        let number = number(of: descriptor)
        with { $0.news.append([ReadinessEvent(number: number, readiness: readiness)]) }
    }

    func number(of descriptor: Int32) -> RegistrationNumber {
        with { $0.interests[descriptor]?.number ?? .wakeUp }
    }

    func pass(_ time: Duration) { with { $0.time = $0.time + time } }

    func add(_ descriptor: Int32, _ number: RegistrationNumber, _ interest: Readiness) throws(IOError) {
        with { $0.interests[descriptor] = (number, interest) }
    }

    func modify(_ descriptor: Int32, _ number: RegistrationNumber, _ interest: Readiness) throws(IOError) {
        with {
            $0.interests[descriptor] = (number, interest)
            $0.modifications += 1
        }
    }

    func remove(_ descriptor: Int32) { with { $0.interests[descriptor] = nil } }

    func wait(milliseconds: Int32, into events: inout [ReadinessEvent]) {
        events = with { state in
            state.timeouts.append(milliseconds)
            return state.news.isEmpty ? [] : state.news.removeFirst()
        }
    }

    func wake() { with { $0.wakeCount += 1 } }

    func now() -> MonotonicInstant { with { $0.time } }

    func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let next = with { $0.receptions.isEmpty ? nil : $0.receptions.removeFirst() }
        switch next {
        case .success(let bytes):
            unsafe buffer.copyBytes(from: bytes)
            return bytes.count
        case .failure(let error): return -Int(error.errno ?? EIO)
        case nil: return -Int(EAGAIN)
        }
    }

    func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int { bytes.count }

    func accept(_ listener: Int32, peer: inout SocketAddress?) -> Int32 {
        peer = SocketAddress("192.0.2.1:1234")
        return with { $0.arrivals.isEmpty ? -EAGAIN : $0.arrivals.removeFirst() }
    }
}

/// A loop that the test turns by hand, and its kernel.
struct Rig {
    let kernel = FakeKernel()
    let loop: EventLoop

    init() {
        loop = EventLoop(name: "rig", kernel: kernel)
        loop.adoptCurrentThread()
    }

    /// A descriptor that is open, for a socket that is never really read.
    func descriptor() -> Descriptor { Descriptor(owning: unsafe open("/dev/null", O_RDWR | O_CLOEXEC)) }

    func socket() throws -> (socket: Socket, raw: Int32) {
        let descriptor = descriptor()
        let raw = descriptor.raw
        return (try Socket(prepared: descriptor, loop: loop, mayWrite: true, peer: nil), raw)
    }

    /// Starts a task on the loop; it runs in the next turn.
    func start(_ body: @escaping @Sendable () async -> Void) {
        Task(executorPreference: loop) { await body() }
    }

    func turn(_ count: Int = 1) { for _ in 0..<count { _ = loop.turn() } }
}

/// Carries what only one thread uses past the compiler, which cannot know that.
final class Box<Value>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
}

extension SocketAddress {
    /// Loopback, with a port of the kernel's choice.
    static var anyLocalPort: SocketAddress {
        guard let address = SocketAddress("127.0.0.1:0") else { preconditionFailure("this is an address") }
        return address
    }
}
