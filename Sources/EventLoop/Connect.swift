import Glibc

extension Socket {
    /// Connects to `address`. Errors: `timedOut` at the deadline, else what connect(2) says, such as ECONNREFUSED.
    package static func connect(
        to address: SocketAddress, loop: EventLoop, deadline: MonotonicInstant
    ) async throws(IOError) -> Socket {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let raw = socket(address.family, kind, 0)
        guard raw >= 0 else { throw IOError(errno: errno, call: "socket") }
        let descriptor = Descriptor(owning: raw)
        if !address.isUnix { sendAtOnce(raw) }

        let code = unsafe address.withSystemAddress { place, length in
            unsafe Glibc.connect(raw, place, length) == 0 ? 0 : errno
        }
        switch code {
        case 0:
            return try Socket(prepared: descriptor, loop: loop, mayWrite: true, peer: address)
        case EINPROGRESS, EINTR:
            let socket = try Socket(prepared: descriptor, loop: loop, mayWrite: false, peer: address)
            try await socket.writable(deadline: deadline)
            let failure = pendingError(raw)
            guard failure == 0 else { throw IOError(errno: failure, call: "connect") }
            return socket
        default:
            throw IOError(errno: code, call: "connect")
        }
    }

    /// What the connection failed with meanwhile; 0 when it stands.
    private static func pendingError(_ descriptor: Int32) -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return errno }
        return code
    }
}
