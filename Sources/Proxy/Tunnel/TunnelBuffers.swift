import HTTPMessage

/// The buffers that a worker lends to its tunnels: one from the moment that bytes can be read until the last of them is
/// written, so that a tunnel that is silent holds none.
final class TunnelBuffers {
    /// Bytes on their way from one end to the other.
    final class Buffer {
        @safe @exclusivity(unchecked) var bytes = ByteBuffer(minimumCapacity: Exchange.readBytes)
    }

    private var free: [Buffer] = []
    private(set) var lent = 0

    private static let keptMax = 256

    func borrow() -> Buffer {
        lent += 1
        return free.popLast() ?? Buffer()
    }

    func giveBack(_ buffer: Buffer) {
        lent -= 1
        buffer.bytes.clear()
        if free.count < Self.keptMax, buffer.bytes.capacity <= 2 * Exchange.readBytes { free.append(buffer) }
    }
}
