import EventLoop
import HTTPMessage
import TLS

/// One end of a tunnel: how bytes come from there and go there, whatever carries them.
///
/// An enumeration, so that a byte costs no more than it does on a connection. Everything behaves as `Transport` has it.
enum TunnelEnd {
    /// A connection that carries nothing else: an application's, or that of a client of HTTP/1.1.
    case connection(Transport)
    /// One of many streams of a client's HTTP/2 connection (RFC 8441).
    case stream(HTTP2Channel)
    /// One of many streams of a connection to an application.
    case upstream(UpstreamStream)

    /// Appends what came to `buffer`.
    func read(into buffer: inout ByteBuffer) throws(IOError) -> ReadOutcome {
        switch self {
        case .connection(let transport): try buffer.read(from: transport)
        case .stream(let channel): try channel.read(into: &buffer)
        case .upstream(let stream): try stream.read(into: &buffer)
        }
    }

    /// Writes what is in `buffer` as far as it goes, and consumes that. After `wouldBlock` the same bytes come again.
    func write(_ buffer: inout ByteBuffer) throws(IOError) -> WriteOutcome {
        switch self {
        case .connection(let transport):
            let outcome = try buffer.write(to: transport)
            if case .bytes(let count) = outcome { buffer.consume(count) }
            return outcome
        case .stream(let channel):
            // What is handed over leaves as the client gives window; only so much of it is held.
            return channel.hasRoom ? .bytes(try channel.push(&buffer, ends: false)) : .wouldBlock
        case .upstream(let stream):
            guard stream.mayPush else { return .wouldBlock }
            let count = buffer.count
            _ = try stream.push(&buffer)
            return .bytes(count)
        }
    }

    func readable(deadline: MonotonicInstant) async throws(IOError) {
        switch self {
        case .connection(let transport): try await transport.readable(deadline: deadline)
        case .stream(let channel): try await channel.readable(deadline: deadline)
        case .upstream(let stream): try await stream.readable(deadline: deadline)
        }
    }

    func writable(deadline: MonotonicInstant) async throws(IOError) {
        switch self {
        case .connection(let transport): try await transport.writable(deadline: deadline)
        case .stream(let channel): try await channel.writable(deadline: deadline)
        case .upstream(let stream): try await stream.writable(deadline: deadline)
        }
    }

    /// Says that no more bytes will come, and goes on reading.
    func finishWriting() {
        switch self {
        case .connection(let transport): transport.shutdownWrite()
        case .stream(let channel): channel.finishWriting()
        case .upstream(let stream): stream.endBody()
        }
    }

    /// Whether whoever would wait here is told to end. Streams say so when they are read: by then no more than a window of
    /// theirs is left.
    var isToldToEnd: Bool { if case .connection(let transport) = self { transport.socket.isCancelled } else { false } }

    /// Ends what waits here, and all that would wait later.
    func cancel() {
        switch self {
        case .connection(let transport): transport.cancel()
        case .stream(let channel): channel.breakOff()
        case .upstream(let stream): stream.cancel()
        }
    }
}
