import EventLoop

/// Version 2: a block of bytes. Sixteen that say what it is and how long, then addresses, then extensions.
extension ProxyHeader {
    private static let fixedBytes = 16

    static func parseBlock(_ bytes: Span<UInt8>) throws(Problem) -> Progress {
        guard bytes.count >= fixedBytes else { return .needMore(atMost: fixedBytes - bytes.count) }
        guard bytes[12] == 0x20 || bytes[12] == 0x21 else { throw .unknownCommand }
        let count = fixedBytes + Int(bytes[14]) << 8 + Int(bytes[15])
        guard count <= bytesMax else { throw .tooLong }
        guard bytes.count >= count else { return .needMore(atMost: count - bytes.count) }
        guard bytes.count == count else { throw .malformedBlock }
        // LOCAL: whatever addresses there are say nothing.
        if bytes[12] == 0x20 { return .complete(.local) }
        let addressBytes: Int
        switch bytes[13] {
        case 0x00: return .complete(.local)
        case 0x11: addressBytes = 4
        case 0x21: addressBytes = 16
        case 0x31:
            // Unix sockets: what connected to the proxy has no address.
            try checkExtensions(bytes, from: fixedBytes + 216)
            return .complete(.local)
        default: throw .unknownFamily
        }
        let portsStart = fixedBytes + 2 * addressBytes
        try checkExtensions(bytes, from: portsStart + 4)
        guard let source = address(bytes, at: fixedBytes, addressBytes, port: portsStart),
            let destination = address(bytes, at: fixedBytes + addressBytes, addressBytes, port: portsStart + 2)
        else { throw .malformedBlock }
        return .complete(.client(source, destination: destination))
    }

    private static func address(_ bytes: Span<UInt8>, at start: Int, _ count: Int, port: Int) -> SocketAddress? {
        SocketAddress(
            ipBytes: bytes.extracting(start..<(start + count)), port: UInt16(bytes[port]) << 8 | UInt16(bytes[port + 1])
        )
    }

    /// Looks whether the extensions (type, length, value) fill the rest of the block. None is of use here.
    private static func checkExtensions(_ bytes: Span<UInt8>, from start: Int) throws(Problem) {
        var position = start
        while position + 3 <= bytes.count {
            position += 3 + Int(bytes[position + 1]) << 8 + Int(bytes[position + 2])
        }
        guard position == bytes.count else { throw .malformedBlock }
    }
}
