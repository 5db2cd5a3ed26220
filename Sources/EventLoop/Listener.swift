import Glibc

/// What `Listener.accept` brought.
package enum AcceptOutcome {
    /// A connection, and where it comes from.
    case accepted(Socket, SocketAddress)
    /// None now; wait until there is one.
    case wouldBlock
    /// No descriptors or no memory are left. The connection was closed, so that its client knows at once. Accept
    /// again after a pause, or when a connection has ended.
    case exhausted
    /// That connection broke before it was accepted; go on.
    case transient
    /// The socket listens no more, and will not again: somebody who shares it has shut it down, say. Open another
    /// (`reopened`).
    case broken(IOError)
}

/// A listening socket on its loop.
///
/// It keeps one descriptor in reserve. When the process has none left, an arriving connection would neither be
/// accepted nor refused, and the loop would be told of it for ever: the reserve is given up for as long as it takes to
/// accept and close it.
package final class Listener {
    private var descriptor: Descriptor?
    private var reserve: Descriptor?
    private let registration: Registration
    private let kernel: any Kernel
    /// Where it listens: the port that the kernel chose, when 0 was asked for.
    package let address: SocketAddress

    /// Listens at `address`. With `reusePort` several listeners share it and the kernel spreads connections over
    /// them. An address that is taken is `IOError.system(errno: EADDRINUSE, …)`. IPv6 means IPv6 alone.
    package convenience init(
        address: SocketAddress, loop: EventLoop, backlog: Int = 4096, reusePort: Bool = false
    ) throws(IOError) {
        let descriptor = try Listener.open(address, backlog: backlog, reusePort: reusePort)
        let raw = descriptor.raw
        let bound = unsafe SocketAddress { unsafe getsockname(raw, $0, $1) == 0 }
        try self.init(listening: descriptor, address: bound ?? address, loop: loop)
    }

    /// Takes over a socket that listens already and does not block.
    package init(listening descriptor: consuming Descriptor, address: SocketAddress, loop: EventLoop) throws(IOError) {
        registration = try loop.register(descriptor.raw, trigger: .edge, mayWrite: false)
        kernel = loop.kernel
        self.address = address
        self.descriptor = consume descriptor
        reserve = Listener.openReserve()
    }

    deinit { stop() }

    /// The socket's number; nil when it has stopped.
    var number: Int32? { descriptor?.raw }

    /// Takes the next connection, without waiting for one.
    package func accept() -> AcceptOutcome {
        guard registration.mayRead, let raw = descriptor?.raw else { return .wouldBlock }
        if reserve == nil { reserve = Listener.openReserve() }
        var peer: SocketAddress?
        let code = kernel.accept(raw, peer: &peer)
        if code >= 0 {
            let accepted = Descriptor(owning: code)
            guard let peer else { return .transient }
            do throws(IOError) {
                // TCP_NODELAY is inherited from the listening socket.
                return .accepted(
                    try Socket(prepared: accepted, loop: registration.loop, mayWrite: true, peer: peer), peer)
            } catch {
                return .exhausted
            }
        }
        switch -code {
        case EAGAIN:
            // A Unix socket that was shut down says no more than this, but the kernel has told its end.
            if registration.isFinished { return .broken(IOError(errno: EINVAL, call: "accept")) }
            registration.mayRead = false
            return .wouldBlock
        case EMFILE, ENFILE:
            return refuseOne(raw)
        case ENOBUFS, ENOMEM:
            return .exhausted
        case EBADF, EINVAL, ENOTSOCK:
            // EINVAL: shut down.
            return .broken(IOError(errno: -code, call: "accept"))
        default:
            // The errors of the network itself come up here too, one of them by the number that also says that this is no
            // socket to accept from (EOPNOTSUPP; man 2 accept). So the socket is asked.
            return ListeningSocket.listens(raw) ? .transient : .broken(IOError(errno: -code, call: "accept"))
        }
    }

    /// Closes one waiting connection by means of the reserve. The kernel looks for a free number before it looks for a
    /// connection, so only now does it tell whether there is one.
    private func refuseOne(_ listener: Int32) -> AcceptOutcome {
        guard reserve != nil else { return .exhausted }
        reserve = nil
        defer { reserve = Listener.openReserve() }
        var peer: SocketAddress?
        let code = kernel.accept(listener, peer: &peer)
        if code >= 0 { _ = Descriptor(owning: code) }
        guard code == -EAGAIN else { return .exhausted }
        registration.mayRead = false
        return .wouldBlock
    }

    private static func openReserve() -> Descriptor? {
        let raw = unsafe Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
        return raw >= 0 ? Descriptor(owning: raw) : nil
    }

    /// Stops, and listens at the same address by a new socket.
    ///
    /// - Parameter reusePort: whether others listen there as well, by sockets of their own or by the one that was shared.
    package func reopened(reusePort: Bool) throws(IOError) -> Listener {
        stop()
        return try Listener(address: address, loop: registration.loop, reusePort: reusePort)
    }

    /// Whether another `accept` can bring something.
    var isExpectingMore: Bool { registration.mayRead }

    /// Waits until there is something to accept; at once when there is now.
    package func acceptable(deadline: MonotonicInstant = .distantFuture) async throws(IOError) {
        try await registration.readable(deadline: deadline)
    }

    /// Ends the present wait, and all later ones at once, with `IOError.cancelled`; goes on listening.
    package func cancel() { registration.cancel() }

    /// What can cancel from another thread.
    package var canceller: Canceller { Canceller(loop: registration.loop, number: registration.number) }

    /// Stops listening; whoever waits is told `IOError.cancelled`. Idempotent.
    package func stop() {
        guard let raw = descriptor?.raw else { return }
        // Closing takes a socket out of an epoll set only when no other descriptor refers to it (man 7 epoll, Q6), and
        // one that was handed over lives on.
        registration.loop.unregister(registration.number, keepingOpen: raw)
        descriptor = nil
        reserve = nil
    }
}
