import EventLoop
import HTTPMessage
import TLS

/// One connection to an endpoint: used by one request at a time, then kept for the next.
///
/// Holds no buffers: they belong to the request in progress, so a kept connection costs a descriptor and little more.
final class UpstreamConnection {
    let transport: Transport
    let endpoint: UpstreamEndpoint
    /// Whether an earlier request was answered here. A kept connection may have been closed by the other side at any
    /// moment, so its failure says little about the endpoint.
    @safe @exclusivity(unchecked) private(set) var isReused = false
    @safe @exclusivity(unchecked) private(set) var idleSince: MonotonicInstant

    init(transport: Transport, endpoint: UpstreamEndpoint, now: MonotonicInstant) {
        self.transport = transport
        self.endpoint = endpoint
        idleSince = now
    }

    /// Notes that the connection is put away for a later request.
    func rest(now: MonotonicInstant) {
        isReused = true
        idleSince = now
    }

    /// Whether the other side has closed, or sent what nobody asked for: either way the connection is spent.
    var isStale: Bool { transport.peerHasHungUp || transport.mayRead }

    /// Appends what the upstream sent to `buffer`.
    func read(into buffer: inout ByteBuffer) throws(IOError) -> ReadOutcome {
        try buffer.read(from: transport)
    }

    func close() { transport.close() }
}
