import CLinux
import Glibc

/// Linux: one epoll set and the eventfd that wakes it.
///
/// Sendable by hand: the descriptors never change, and only `wait`, which the loop alone calls, touches the buffer.
@safe final class SystemKernel: Kernel, @unchecked Sendable {
    /// How many events one system call can bring.
    private static let eventsMax = 256

    private let poll: Descriptor
    private let alarm: Descriptor
    private let buffer: UnsafeMutableBufferPointer<epoll_event>

    init() throws(IOError) {
        let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poll >= 0 else { throw IOError(errno: errno, call: "epoll_create1") }
        self.poll = Descriptor(owning: poll)
        let alarm = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard alarm >= 0 else { throw IOError(errno: errno, call: "eventfd") }
        self.alarm = Descriptor(owning: alarm)
        unsafe buffer = .allocate(capacity: SystemKernel.eventsMax)
        unsafe buffer.initialize(repeating: epoll_event())
        // Edge-triggered, each write is told once, and nobody ever needs to read the counter back.
        try add(alarm, .wakeUp, [.readable, .edgeTriggered])
    }

    deinit { unsafe buffer.deallocate() }

    func add(_ descriptor: Int32, _ number: RegistrationNumber, _ interest: Readiness) throws(IOError) {
        try control(EPOLL_CTL_ADD, descriptor, number, interest)
    }

    func modify(_ descriptor: Int32, _ number: RegistrationNumber, _ interest: Readiness) throws(IOError) {
        try control(EPOLL_CTL_MOD, descriptor, number, interest)
    }

    func remove(_ descriptor: Int32) {
        var event = unsafe epoll_event()
        _ = unsafe epoll_ctl(poll.raw, EPOLL_CTL_DEL, descriptor, &event)
    }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ number: RegistrationNumber, _ interest: Readiness
    ) throws(IOError) {
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.u64 = number.rawValue
        guard unsafe epoll_ctl(poll.raw, operation, descriptor, &event) == 0 else {
            throw IOError(errno: errno, call: "epoll_ctl")
        }
    }

    func wait(milliseconds: Int32, into events: inout [ReadinessEvent]) {
        events.removeAll(keepingCapacity: true)
        let count = unsafe epoll_wait(poll.raw, buffer.baseAddress, Int32(buffer.count), milliseconds)
        guard count >= 0 else {
            precondition(errno == EINTR, "epoll_wait fails only on a set that is not ours")
            return
        }
        for index in 0..<Int(count) {
            let event = unsafe buffer[index]
            unsafe events.append(
                ReadinessEvent(
                    number: RegistrationNumber(rawValue: unsafe event.data.u64),
                    readiness: Readiness(rawValue: event.events)))
        }
    }

    func wake() {
        // Fails only when the counter is full, and then the loop is awake.
        _ = eventfd_write(alarm.raw, 1)
    }

    func now() -> MonotonicInstant { .now() }

    func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = unsafe linux_receive(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { return -Int(errno) }
        }
    }

    func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        while true {
            let count = unsafe linux_send(descriptor, bytes.baseAddress, bytes.count)
            if count >= 0 { return count }
            if errno != EINTR { return -Int(errno) }
        }
    }

    func accept(_ listener: Int32, peer: inout SocketAddress?) -> Int32 {
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        while true {
            var code: Int32 = 0
            peer = unsafe SocketAddress { address, length in
                code = unsafe linux_accept4(listener, address, length, flags)
                if code < 0 { code = -errno }
                return code >= 0
            }
            if code != -EINTR { return code }
        }
    }
}
