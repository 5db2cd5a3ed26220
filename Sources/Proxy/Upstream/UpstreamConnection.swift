import EventLoop
import HTTPMessage
import TLS

/// What one request is sent over and answered on: a connection to an endpoint, used by one request at a time and then
/// kept for the next, or a stream of an HTTP/2 connection.
///
/// Holds no buffers: they belong to the request in progress, so a kept connection costs a descriptor and little more.
final class UpstreamConnection {
    private enum Medium {
        case http1(Transport)
        case http2(UpstreamStream)
    }

    private let medium: Medium
    let endpoint: UpstreamEndpoint
    /// Whether an earlier request was answered here. A kept connection may have been closed by the other side at any
    /// moment, so its failure says little about the endpoint.
    @safe @exclusivity(unchecked) private(set) var isReused = false
    @safe @exclusivity(unchecked) private(set) var idleSince: MonotonicInstant

    init(transport: Transport, endpoint: UpstreamEndpoint, now: MonotonicInstant) {
        medium = .http1(transport)
        self.endpoint = endpoint
        idleSince = now
    }

    init(stream: UpstreamStream, endpoint: UpstreamEndpoint, isReused: Bool, now: MonotonicInstant) {
        medium = .http2(stream)
        self.endpoint = endpoint
        self.isReused = isReused
        idleSince = now
    }

    /// The stream, if it is one.
    var stream: UpstreamStream? { if case .http2(let stream) = medium { stream } else { nil } }

    /// The connection, if it is one.
    var transport: Transport? { if case .http1(let transport) = medium { transport } else { nil } }

    /// The application's end of a tunnel.
    var tunnelEnd: TunnelEnd {
        switch medium {
        case .http1(let transport): .connection(transport)
        case .http2(let stream): .upstream(stream)
        }
    }

    /// Notes that the connection is put away for a later request.
    func rest(now: MonotonicInstant) {
        isReused = true
        idleSince = now
    }

    /// Whether the other side has closed, or sent what nobody asked for, or whoever waited was told to give up, as are all
    /// who would wait after: the connection is spent, and only to be closed.
    var isStale: Bool {
        switch medium {
        case .http1(let transport): transport.isSpent()
        case .http2: true
        }
    }

    /// Whether a read can bring something.
    var mayRead: Bool {
        switch medium {
        case .http1(let transport): transport.mayRead
        case .http2: true
        }
    }

    /// Appends what the upstream sent to `buffer`, asking a connection of its own for `count` bytes or more.
    func read(into buffer: inout ByteBuffer, atLeast count: Int = Exchange.readBytes) throws(IOError) -> ReadOutcome {
        switch medium {
        case .http1(let transport): try buffer.read(from: transport, atLeast: count)
        case .http2(let stream): try stream.read(into: &buffer)
        }
    }

    /// Tells `observer` when a connection of its own has something to read; a stream has nobody but a task wait for it.
    func tellReadable(_ observer: some ReadObserver, deadline: MonotonicInstant) {
        if case .http1(let transport) = medium { transport.tellReadable(observer, deadline: deadline) }
    }

    func readable(deadline: MonotonicInstant) async throws(IOError) {
        switch medium {
        case .http1(let transport): try await transport.readable(deadline: deadline)
        case .http2(let stream): try await stream.readable(deadline: deadline)
        }
    }

    /// Sends what the upstream takes now of `buffer`. Whether that was all, and more may follow.
    func write(_ buffer: inout ByteBuffer) throws(IOError) -> Bool {
        switch medium {
        case .http1(let transport):
            while !buffer.isEmpty {
                guard case .bytes(let count) = try buffer.write(to: transport) else { return false }
                buffer.consume(count)
            }
            return true
        case .http2(let stream): return try stream.push(&buffer)
        }
    }

    func writable(deadline: MonotonicInstant) async throws(IOError) {
        switch medium {
        case .http1(let transport): try await transport.writable(deadline: deadline)
        case .http2(let stream): try await stream.writable(deadline: deadline)
        }
    }

    /// Ends the present waits, and all later ones at once.
    func cancel() {
        switch medium {
        case .http1(let transport): transport.cancel()
        case .http2(let stream): stream.cancel()
        }
    }

    func close() {
        switch medium {
        case .http1(let transport): transport.close()
        case .http2(let stream): stream.end()
        }
    }
}
