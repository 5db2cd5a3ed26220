import Foundation

/// A client of plain TCP that can leave in every way there is: by a reset, too.
final class RawClient: Sendable {
    private let descriptor: Int32

    init(_ port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let code = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw WireError.noAddress }
    }

    func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard unsafe send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw WireError.closed
        }
    }

    /// Leaves so that the other side hears of a reset, and not of an end.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        _ = close(descriptor)
    }

    /// Leaves as every program does: the other side hears of an end, and of a reset when it answers.
    func leave() { _ = close(descriptor) }
}

/// A listener that does nothing by itself: whoever connects waits in its queue.
final class BareListener: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        let code = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe bind(descriptor, address, size) == 0, listen(descriptor, 8) == 0 else { return Int32(-1) }
                return unsafe getsockname(descriptor, address, &size)
            }
        }
        guard code == 0 else { throw WireError.noAddress }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { _ = close(descriptor) }

    /// Accepts the connection that has waited longest, or comes first; the caller closes it. Blocks.
    func acceptFirst() throws -> Int32 {
        let accepted = accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw WireError.closed }
        return accepted
    }

    /// Accepts the connection that has waited longest, and closes it.
    func closeFirst() throws { _ = close(try acceptFirst()) }
}
