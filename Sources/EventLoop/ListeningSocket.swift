import Glibc

/// A socket that listens, on its way between processes: what a service manager or the process before us hands over, and
/// what we hand to the next.
///
/// Connections wait in the socket, not in the process: while one process has stopped accepting and the next has not
/// begun, none is refused.
package final class ListeningSocket: Sendable {
    private let descriptor: Descriptor
    /// Where it listens.
    package let address: SocketAddress
    /// What the configuration of the process that made it calls it; nil from a service manager.
    package let label: String?

    /// Takes over `raw`. Throws unless it is a stream socket that listens: ENOTSOCK, or EINVAL for one of another kind.
    package init(adopting raw: Int32, label: String?) throws(IOError) {
        let descriptor = Descriptor(owning: raw)
        guard try ListeningSocket.option(SO_TYPE, of: raw) == Int32(SOCK_STREAM.rawValue),
            ListeningSocket.listens(raw),
            let address = unsafe SocketAddress(fill: { unsafe getsockname(raw, $0, $1) == 0 })
        else { throw IOError(errno: EINVAL, call: "getsockopt") }
        let flags = fcntl(raw, F_GETFL)
        guard flags >= 0, fcntl(raw, F_SETFL, flags | O_NONBLOCK) == 0, fcntl(raw, F_SETFD, FD_CLOEXEC) == 0 else {
            throw IOError(errno: errno, call: "fcntl")
        }
        // The sockets that it accepts take this from it.
        Socket.sendAtOnce(raw)
        self.descriptor = descriptor
        self.address = address
        self.label = label
    }

    /// Another number for the same socket, for one more who listens.
    package func duplicate() throws(IOError) -> Descriptor { try ListeningSocket.duplicate(descriptor.raw) }

    /// The number, lent for starting a process that inherits it.
    package var raw: Int32 { descriptor.raw }

    /// A number of at least 64, closed on exec: clear of the first numbers, where an inheriting process expects its own.
    static func duplicate(_ raw: Int32) throws(IOError) -> Descriptor {
        let copy = fcntl(raw, F_DUPFD_CLOEXEC, 64)
        guard copy >= 0 else { throw IOError(errno: errno, call: "fcntl") }
        return Descriptor(owning: copy)
    }

    /// Whether `raw` is a socket that listens.
    static func listens(_ raw: Int32) -> Bool { (try? option(SO_ACCEPTCONN, of: raw)) == 1 }

    private static func option(_ name: Int32, of raw: Int32) throws(IOError) -> Int32 {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(raw, SOL_SOCKET, name, &value, &size) == 0 else {
            throw IOError(errno: errno, call: "getsockopt")
        }
        return value
    }
}

extension Listener {
    /// The socket, for a process that goes on listening when this one stops.
    package func handedOver(as label: String) throws(IOError) -> ListeningSocket? {
        guard let raw = number else { return nil }
        return try ListeningSocket(adopting: ListeningSocket.duplicate(raw).take(), label: label)
    }
}
