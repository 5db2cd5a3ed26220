import Glibc
import Synchronization

@testable import EventLoop

/// A kernel whose peers are as quick as the gateway: what they have to say is always there, and they take all that they
/// are sent. So nobody who serves them ever has to wait.
///
/// Every descriptor is a client's that the test let in by `arrive`, or an application's, which answers as soon as it was
/// sent something.
final class EagerKernel: Kernel {
    /// What somebody says: these bytes, and if there is no end to it, zeros ever after.
    struct Speech: Sendable {
        var bytes: [UInt8] = []
        var isEndless = false
    }

    struct State {
        var time = MonotonicInstant(nanoseconds: 1_000_000_000)
        var numbers: [Int32: RegistrationNumber] = [:]
        /// What the next wait brings.
        var news: [ReadinessEvent] = []
        /// The one descriptor that accepts: the first.
        var listener: Int32?
        /// Clients that wait to be accepted, or what accept(2) fails with, below zero.
        var arrivals: [Int32] = []
        /// How often accept(2) was called.
        var accepts = 0
        var speeches: [Int32: Speech] = [:]
        /// What an application says once it was asked, and who was.
        var answer = Speech()
        var applications: [Int32] = []
        /// How often something came from a descriptor, in this turn and in all.
        var receivedThisTurn = 0
        var received: [Int32: Int] = [:]
        /// The first bytes that were sent to each descriptor.
        var sent: [Int32: [UInt8]] = [:]
    }

    /// After so much in one turn nothing more is there: a loop that is never given up would make a test that never ends.
    private static let receivedATurnMax = 1_000
    private static let sentMax = 4_096

    private let state = Mutex(State())

    func with<R: Sendable>(_ body: (inout sending State) -> sending R) -> R { state.withLock(body) }

    /// Lets a client in who says this; its descriptor.
    func arrive(_ speech: Speech) -> Int32 {
        let raw = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        with { state in
            state.speeches[raw] = speech
            state.arrivals.append(raw)
        }
        tellListener()
        return raw
    }

    /// Has accept(2) fail once with these error numbers.
    func fail(with codes: [Int32]) {
        with { $0.arrivals += codes.map { -$0 } }
        tellListener()
    }

    private func tellListener() {
        with { state in
            guard let listener = state.listener, let number = state.numbers[listener] else { return }
            state.news.append(ReadinessEvent(number: number, readiness: .readable))
        }
    }

    /// The application's end of the connection on which it was asked; nil before it was.
    var asked: Int32? { with { $0.applications.first } }

    /// The text of the first bytes that were sent to a descriptor.
    func heard(by descriptor: Int32) -> String { with { String(decoding: $0.sent[descriptor] ?? [], as: UTF8.self) } }

    /// How often something came from a descriptor.
    func received(from descriptor: Int32) -> Int { with { $0.received[descriptor] ?? 0 } }

    // MARK: Kernel

    func add(_ descriptor: Int32, _ number: RegistrationNumber, _ interest: Readiness) throws(IOError) {
        with { state in
            if state.listener == nil { state.listener = descriptor }
            state.numbers[descriptor] = number
            state.news.append(ReadinessEvent(number: number, readiness: [.readable, .writable]))
        }
    }

    func modify(_ descriptor: Int32, _ number: RegistrationNumber, _ interest: Readiness) throws(IOError) {}

    func remove(_ descriptor: Int32) {
        with { state in
            state.numbers[descriptor] = nil
            if state.listener == descriptor { state.listener = nil }
        }
    }

    func pass(_ time: Duration) { with { $0.time = $0.time + time } }

    func wait(milliseconds: Int32, into events: inout [ReadinessEvent]) {
        events = with { state in
            defer { state.news = [] }
            state.receivedThisTurn = 0
            return state.news
        }
    }

    func wake() {}

    func now() -> MonotonicInstant { with { $0.time } }

    func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let room = buffer.count
        let bytes: [UInt8]? = with { state in
            guard state.receivedThisTurn < Self.receivedATurnMax, var speech = state.speeches[descriptor] else {
                return nil
            }
            var bytes = Array(speech.bytes.prefix(room))
            speech.bytes.removeFirst(bytes.count)
            state.speeches[descriptor] = speech
            if speech.isEndless { bytes += [UInt8](repeating: 0, count: room - bytes.count) }
            guard !bytes.isEmpty else { return nil }
            state.receivedThisTurn += 1
            state.received[descriptor, default: 0] += 1
            return bytes
        }
        guard let bytes else { return -Int(EAGAIN) }
        unsafe buffer.copyBytes(from: bytes)
        return bytes.count
    }

    func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        let count = bytes.count
        let beginning = unsafe Array(bytes.prefix(Self.sentMax))
        with { state in
            let room = Self.sentMax - (state.sent[descriptor]?.count ?? 0)
            state.sent[descriptor, default: []] += beginning.prefix(room)
            guard state.speeches[descriptor] == nil, let number = state.numbers[descriptor] else { return }
            state.speeches[descriptor] = state.answer
            state.applications.append(descriptor)
            state.news.append(ReadinessEvent(number: number, readiness: .readable))
        }
        return count
    }

    func accept(_ listener: Int32, peer: inout SocketAddress?) -> Int32 {
        peer = SocketAddress("192.0.2.1:1234")
        return with { state in
            state.accepts += 1
            return state.arrivals.isEmpty ? -EAGAIN : state.arrivals.removeFirst()
        }
    }
}
