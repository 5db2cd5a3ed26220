import EventLoop
import ProxyProtocol
import TLS

/// How a connection begins on a listener with `proxy_protocol: true`.
extension DownstreamConnection {
    /// Whether somebody whose PROXY header would be believed made the connection: a trusted proxy, or whoever may open
    /// the listener's Unix socket.
    static func mayPresentHeader(_ peer: SocketAddress, _ trustedProxies: TrustedProxies) -> Bool {
        peer.isUnix || trustedProxies.contains(peer)
    }

    /// Reads the PROXY header and takes its word for who the client is; false when there is none, or too late.
    ///
    /// Takes no byte more than the header has: what follows belongs to TLS or HTTP.
    func readProxyHeader(deadline: MonotonicInstant) async -> Bool {
        var bytes: [UInt8] = []
        do {
            while true {
                switch try ProxyHeader.parse(bytes.span) {
                case .complete(.client(let address, destination: _)):
                    client.become(address)
                    return true
                case .complete(.local):
                    return true
                case .needMore(let most):
                    let piece = try await read(atMost: most, deadline: deadline)
                    guard !piece.isEmpty else { return false }
                    bytes += piece
                }
            }
        } catch {
            return false
        }
    }

    /// Between one and `count` bytes from the socket, below TLS; none at the end of the stream.
    private func read(atMost count: Int, deadline: MonotonicInstant) async throws(IOError) -> [UInt8] {
        while true {
            var outcome = ReadOutcome.wouldBlock
            let bytes = try [UInt8](capacity: count) { (span: inout OutputSpan<UInt8>) throws(IOError) in
                outcome = try transport.socket.read(into: &span)
            }
            switch outcome {
            case .bytes, .endOfStream: return bytes
            case .wouldBlock: try await transport.socket.readable(deadline: deadline)
            }
        }
    }
}
