package import EventLoop

/// A byte stream to a peer, with TLS or without: what the protocols above read and write.
///
/// Everything behaves as `Socket` has it; `write` must be taken up again with the same bytes after `wouldBlock`.
package enum Transport {
    case plain(Socket)
    case tls(TLSConnection)

    /// The socket beneath.
    package var socket: Socket {
        switch self {
        case .plain(let socket): socket
        case .tls(let connection): connection.socket
        }
    }

    /// Whether the bytes are encrypted on their way.
    package var isEncrypted: Bool {
        switch self {
        case .plain: false
        case .tls: true
        }
    }

    package func read(into output: inout OutputSpan<UInt8>) throws(IOError) -> ReadOutcome {
        switch self {
        case .plain(let socket): try socket.read(into: &output)
        case .tls(let connection): try connection.read(into: &output)
        }
    }

    package func write(_ bytes: Span<UInt8>) throws(IOError) -> WriteOutcome {
        switch self {
        case .plain(let socket): try socket.write(bytes)
        case .tls(let connection): try connection.write(bytes)
        }
    }

    /// Writes all of `bytes`, waiting where the peer is slower than we are. The deadline is for the whole.
    package func writeAll(_ bytes: Span<UInt8>, deadline: MonotonicInstant) async throws(IOError) {
        var done = 0
        while done < bytes.count {
            switch try write(bytes.extracting(droppingFirst: done)) {
            case .bytes(let count): done += count
            case .wouldBlock: try await writable(deadline: deadline)
            }
        }
    }

    package func readable(deadline: MonotonicInstant) async throws(IOError) {
        switch self {
        case .plain(let socket): try await socket.readable(deadline: deadline)
        case .tls(let connection): try await connection.readable(deadline: deadline)
        }
    }

    package func tellReadable(_ observer: any ReadObserver, deadline: MonotonicInstant) {
        switch self {
        case .plain(let socket): socket.tellReadable(observer, deadline: deadline)
        case .tls(let connection): connection.tellReadable(observer, deadline: deadline)
        }
    }

    package func writable(deadline: MonotonicInstant) async throws(IOError) {
        try await socket.writable(deadline: deadline)
    }

    /// Whether a read can bring something.
    package var mayRead: Bool {
        switch self {
        case .plain(let socket): socket.mayRead
        case .tls(let connection): connection.mayRead
        }
    }

    /// Whether received bytes wait above the kernel, which will not tell of them.
    package var hasBufferedInput: Bool {
        switch self {
        case .plain: false
        case .tls(let connection): connection.hasBufferedInput
        }
    }

    /// Whether the other side has finished writing, or sent what nobody asked for, or whoever waited was told to give up:
    /// for a connection between two uses, which is spent if so. What has come is lost.
    package func isSpent() -> Bool {
        switch self {
        case .plain(let socket): socket.isSpent()
        case .tls(let connection): connection.hasBufferedInput || connection.socket.isSpent()
        }
    }

    /// Whether the peer has finished writing or the connection is broken: a pooled one is stale then.
    package var peerHasHungUp: Bool {
        switch self {
        case .plain(let socket): socket.peerHasHungUp
        case .tls(let connection): connection.socket.peerHasHungUp
        }
    }

    /// Whether the peer has finished writing or the connection is broken, as the kernel knows it now. For a connection
    /// that is about to be closed; what has come is lost.
    package func hasPeerFinished() -> Bool { socket.hasPeerFinished() }

    /// Whether the connection is broken, by a reset say: what is sent reaches nobody.
    package var isBroken: Bool { socket.isBroken }

    package var peerAddress: SocketAddress? { socket.peerAddress }

    /// Ends the present waits, and all later ones at once, with `IOError.cancelled`.
    package func cancel() { socket.cancel() }

    /// What can cancel from another thread.
    package var canceller: Canceller { socket.canceller }

    /// Tells the peer that no more bytes will come, and goes on reading.
    package func shutdownWrite() {
        switch self {
        case .plain(let socket): socket.shutdownWrite()
        case .tls(let connection): connection.shutdownWrite()
        }
    }

    /// Closes the connection without a word, since nobody is there to hear it. Idempotent.
    package func drop() {
        switch self {
        case .plain(let socket): socket.close()
        case .tls(let connection): connection.drop()
        }
    }

    /// Ends and closes the connection. Idempotent.
    package func close() {
        switch self {
        case .plain(let socket): socket.close()
        case .tls(let connection): connection.close()
        }
    }
}
