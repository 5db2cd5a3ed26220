import Glibc

extension Listener {
    /// A socket that listens at `address` and does not block.
    static func open(_ address: SocketAddress, backlog: Int, reusePort: Bool) throws(IOError) -> Descriptor {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let raw = socket(address.family, kind, 0)
        guard raw >= 0 else { throw IOError(errno: errno, call: "socket") }
        let descriptor = Descriptor(owning: raw)
        if !address.isUnix {
            // After a restart, connections of the old process may linger at this address.
            try set(raw, SOL_SOCKET, SO_REUSEADDR)
            if reusePort { try set(raw, SOL_SOCKET, SO_REUSEPORT) }
            // `[::]:443` and `0.0.0.0:443` can stand side by side, and neither means the other.
            if address.family == AF_INET6 { try set(raw, Int32(IPPROTO_IPV6), IPV6_V6ONLY) }
            Socket.sendAtOnce(raw)
        }
        try bind(raw, address)
        guard listen(raw, Int32(clamping: backlog)) == 0 else { throw IOError(errno: errno, call: "listen") }
        return descriptor
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32) throws(IOError) {
        var on: Int32 = 1
        guard unsafe setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw IOError(errno: errno, call: "setsockopt")
        }
    }

    private static func bind(_ descriptor: Int32, _ address: SocketAddress) throws(IOError) {
        var code = unsafe attempt(address) { unsafe Glibc.bind(descriptor, $0, $1) }
        if code == EADDRINUSE, let path = address.path, isAbandoned(address) {
            unsafe unlink(path)
            code = unsafe attempt(address) { unsafe Glibc.bind(descriptor, $0, $1) }
        }
        guard code == 0 else { throw IOError(errno: code, call: "bind") }
    }

    /// Whether nobody listens at a Unix socket's path any more: what a process that was killed leaves behind.
    private static func isAbandoned(_ address: SocketAddress) -> Bool {
        let raw = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { return false }
        let probe = Descriptor(owning: raw)
        return unsafe attempt(address) { unsafe connect(probe.raw, $0, $1) } == ECONNREFUSED
    }

    /// The error number of a call that takes an address; 0 when it succeeds.
    private static func attempt(
        _ address: SocketAddress, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        unsafe address.withSystemAddress { place, length in unsafe call(place, length) == 0 ? 0 : errno }
    }
}
