import COpenSSL
package import EventLoop

/// One TLS connection over a socket, as server or as client.
///
/// Like a `Socket`, it reads and writes without suspending and waits in `readable` and `writable`. What it sends is
/// gathered in the loop's scratch memory and leaves with one system call; only what the kernel does not take is kept.
/// A connection that waits holds no buffer: OpenSSL's own are released (SSL_MODE_RELEASE_BUFFERS).
@safe package final class TLSConnection {
    package let socket: Socket
    /// The server's context; nil on the client's side. Held: handshakes ask it.
    let serverContext: ServerContext?
    private let ssl: OpaquePointer

    /// Whether OpenSSL may hold bytes that it has received and not yet given out. While it may, the socket says
    /// nothing about whether a read brings something: this is cleared only when OpenSSL asks for more.
    @safe @exclusivity(unchecked) private var mayHoldInput = false
    @safe @exclusivity(unchecked) private var outbox = Outbox()
    /// How many bytes of the last write wait in the outbox and were not reported as written.
    @safe @exclusivity(unchecked) private var owed = 0
    /// Whether the handshake is done and nothing has broken the connection since.
    @safe @exclusivity(unchecked) private var isEstablished = false
    @safe @exclusivity(unchecked) private var sentCloseNotify = false
    /// What reading or writing the socket failed with, for the call of OpenSSL that is under way.
    @safe @exclusivity(unchecked) private var failure: IOError?
    /// Whether the peer's bytes have ended.
    @safe @exclusivity(unchecked) private(set) var sawEndOfStream = false
    /// How many bytes have come of which the application has had nothing, less what is granted for those that it has had.
    @safe @exclusivity(unchecked) private var fruitlessBytes = 0
    /// How many such bytes there may be. Renewed keys take 27, and OpenSSL takes any number of them in one call, at the
    /// cost of some microseconds each: whoever sent nothing else would keep all others from the loop meanwhile.
    private static let fruitlessBytesMax = 64 * 1024
    /// What each byte for the application grants: a record of one byte is 23.
    private static let fruitlessBytesGranted = 64
    /// The first byte that the peer sent.
    @safe @exclusivity(unchecked) private var firstByte: UInt8?

    /// How many plain bytes one write takes, between one full record and four: what was cut short makes it small, so
    /// that little is kept for a peer that reads slowly, and what went through makes it grow.
    @safe @exclusivity(unchecked) private var writeBytes = writeBytesMax
    private static let writeBytesMax = 4 * recordBytesMax
    private static let recordBytesMax = 16384
    /// The server's side of a connection. Begins with `handshake`.
    package init(socket: Socket, context: ServerContext) throws(TLSError) {
        guard let ssl = unsafe SSL_new(context.initial.pointer) else { throw .handshake(LibraryFailure.take().text) }
        unsafe self.ssl = ssl
        self.socket = socket
        serverContext = context
        unsafe SocketBIO.install(self, in: ssl)
        unsafe SSL_set_accept_state(ssl)
    }

    /// The client's side of a connection to `hostname`, for which the server's certificate must be: a DNS name or an
    /// IP address. Begins with `handshake`.
    package init(
        socket: Socket, context: ClientContext, hostname: String, resuming session: TLSSession? = nil
    ) throws(TLSError) {
        guard let ssl = unsafe SSL_new(context.shared.pointer) else { throw .handshake(LibraryFailure.take().text) }
        unsafe self.ssl = ssl
        self.socket = socket
        serverContext = nil
        unsafe SocketBIO.install(self, in: ssl)
        unsafe SSL_set_connect_state(ssl)
        guard unsafe context.expect(hostname, from: ssl) else {
            throw .handshake("'\(hostname)' is neither a host name nor an address")
        }
        // A session that cannot be resumed is no error: the handshake is a full one then.
        if let session { unsafe SSL_set_session(ssl, session.pointer) }
    }

    deinit { unsafe SSL_free(ssl) }

    /// The connection that `ssl` belongs to.
    static func of(_ ssl: OpaquePointer) -> TLSConnection? { unsafe SocketBIO.connection(of: ssl) }

    // MARK: The handshake

    /// Agrees with the peer on keys, and learns who it is. Call once, first.
    package func handshake(deadline: MonotonicInstant) async throws(TLSError) {
        // A client that has said nothing yet costs none of OpenSSL's buffers.
        if serverContext != nil {
            do throws(IOError) { try await socket.readable(deadline: deadline) } catch { throw .io(error) }
        }
        while true {
            LibraryFailure.forget()
            let result = unsafe SSL_do_handshake(ssl)
            let problem = result == 1 ? SSL_ERROR_NONE : unsafe SSL_get_error(ssl, result)
            if let failure = LibraryFailure.of(problem) { throw reject(failure) }
            // What a server of TLS 1.3 says last are tickets. Nobody waits for them: they leave with the first data.
            if problem == SSL_ERROR_NONE, serverContext != nil, unsafe SSL_version(ssl) == TLS1_3_VERSION {
                unsafe outbox.hold(in: socket.loop.scratch)
            }
            do throws(IOError) {
                try flush()
                while !outbox.isEmpty {
                    try await socket.writable(deadline: deadline)
                    try outbox.send(to: socket)
                }
                if problem == SSL_ERROR_NONE {
                    isEstablished = true
                    mayHoldInput = unsafe SSL_has_pending(ssl) == 1
                    return
                }
                try await socket.readable(deadline: deadline)
            } catch {
                throw .io(error)
            }
        }
    }

    /// What a failed handshake means. Sends the alert that says so to the peer, except to one that would not know it.
    private func reject(_ library: LibraryFailure) -> TLSError {
        if serverContext != nil, let firstByte, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(firstByte) {
            outbox.discard()
            return .plainHTTP
        }
        // Whoever does not take the alert any more needs none.
        try? flush()
        if let failure { return .io(failure) }
        if sawEndOfStream { return .io(.closedByPeer) }
        let verdict = unsafe SSL_get_verify_result(ssl)
        if serverContext == nil, verdict != Int(X509_V_OK) {
            return .untrusted(unsafe String(cString: X509_verify_cert_error_string(verdict)))
        }
        return .handshake(library.text)
    }

    // MARK: Bytes

    /// Appends plain bytes to `output`, as far as it has room and without waiting. `truncated` when the connection
    /// ended without a close_notify, `protocolViolation` when what came was no good.
    package func read(into output: inout OutputSpan<UInt8>) throws(IOError) -> ReadOutcome {
        guard isEstablished else { throw .cancelled }
        guard output.freeCapacity > 0 else { return .bytes(0) }
        guard mayHoldInput || socket.mayRead else { return .wouldBlock }
        return unsafe try output.withUnsafeMutableBufferPointer { buffer, count throws(IOError) in
            let before = count
            repeat {
                var received = 0
                LibraryFailure.forget()
                let room = unsafe buffer.baseAddress.map { unsafe $0 + count }
                let result = unsafe SSL_read_ex(ssl, room, buffer.count - count, &received)
                guard result == 1 else {
                    let outcome = try afterReading(result)
                    // What was read before is given out first; an end is found again by the next read.
                    return count > before ? .bytes(count - before) : outcome
                }
                count += received
                fruitlessBytes = max(0, fruitlessBytes - received * Self.fruitlessBytesGranted)
                mayHoldInput = unsafe SSL_has_pending(ssl) == 1
            } while mayHoldInput && count < buffer.count
            try flush()
            return .bytes(count - before)
        }
    }

    /// What a read that brought nothing means.
    private func afterReading(_ result: Int32) throws(IOError) -> ReadOutcome {
        let problem = unsafe SSL_get_error(ssl, result)
        let failed = LibraryFailure.of(problem)
        try flush()
        switch problem {
        case SSL_ERROR_WANT_READ:
            mayHoldInput = false
            return .wouldBlock
        case SSL_ERROR_ZERO_RETURN:
            return .endOfStream
        default:
            isEstablished = false
            if let failure { throw failure }
            let library = failed ?? LibraryFailure.take()
            if library.isTLS(SSL_R_UNEXPECTED_EOF_WHILE_READING) || sawEndOfStream { throw .truncated }
            throw .protocolViolation(library.text)
        }
    }

    /// Encrypts and writes bytes from the beginning of `bytes`. After `wouldBlock`, wait until the connection is
    /// writable and write the same bytes again, wherever they lie by then, and more if there are: part of them is
    /// encrypted already and is not encrypted twice. What is reported as written is in the kernel's hands.
    package func write(_ bytes: Span<UInt8>) throws(IOError) -> WriteOutcome {
        guard isEstablished, !sentCloseNotify else { throw .cancelled }
        try flush()
        guard outbox.isEmpty else { return .wouldBlock }
        if owed > 0 {
            guard bytes.count >= owed else {
                isEstablished = false
                throw .protocolViolation("a write was not taken up again")
            }
            defer { owed = 0 }
            return .bytes(owed)
        }
        guard !bytes.isEmpty else { return .bytes(0) }
        guard socket.mayWrite else { return .wouldBlock }
        let count = min(bytes.count, writeBytes)
        var written = 0
        LibraryFailure.forget()
        let result = unsafe bytes.withUnsafeBytes { bytes in
            unsafe SSL_write_ex(ssl, bytes.baseAddress, count, &written)
        }
        guard result == 1, written == count else {
            isEstablished = false
            throw .protocolViolation(LibraryFailure.take().text)
        }
        try flush()
        guard outbox.isEmpty else {
            owed = count
            writeBytes = TLSConnection.recordBytesMax
            return .wouldBlock
        }
        writeBytes = min(2 * writeBytes, TLSConnection.writeBytesMax)
        return .bytes(count)
    }

    // MARK: Beneath OpenSSL

    /// Reads encrypted bytes; nil when the socket fails, for the reason in `failure`.
    func receive(into room: UnsafeMutableRawBufferPointer) -> ReadOutcome? {
        do throws(IOError) {
            let outcome = unsafe try socket.receive(into: room)
            if case .bytes(let count) = outcome {
                if firstByte == nil { firstByte = unsafe room.first }
                if isEstablished {
                    fruitlessBytes += count
                    guard fruitlessBytes <= Self.fruitlessBytesMax else {
                        throw IOError.protocolViolation("too many records without data")
                    }
                }
            }
            if outcome == .endOfStream { sawEndOfStream = true }
            return outcome
        } catch {
            failure = error
            return nil
        }
    }

    /// Takes encrypted bytes, to be sent when the call that made them is done. False when too many wait already.
    func gather(_ bytes: UnsafeRawBufferPointer) -> Bool {
        unsafe outbox.gather(bytes, in: socket.loop.scratch)
    }

    /// Hands what waits in the outbox to the kernel. A socket that fails ends the connection.
    private func flush() throws(IOError) {
        do throws(IOError) { try outbox.send(to: socket) } catch {
            isEstablished = false
            throw error
        }
    }

    // MARK: Waiting

    /// Whether a read can bring something.
    package var mayRead: Bool { mayHoldInput || socket.mayRead }

    /// Whether bytes that were received wait in here, where the kernel does not know of them.
    package var hasBufferedInput: Bool { mayHoldInput }

    /// Waits until a read can bring something; at once when it can now.
    package func readable(deadline: MonotonicInstant) async throws(IOError) {
        guard !mayHoldInput || socket.isCancelled else { return }
        try await socket.readable(deadline: deadline)
    }

    /// The same for an observer in place of a task.
    package func tellReadable(_ observer: any ReadObserver, deadline: MonotonicInstant) {
        guard !mayHoldInput || socket.isCancelled else { return observer.readWaitEnded(.ready) }
        socket.tellReadable(observer, deadline: deadline)
    }

    /// Waits until a write can go through; at once when it can now.
    package func writable(deadline: MonotonicInstant) async throws(IOError) {
        try await socket.writable(deadline: deadline)
    }

    // MARK: The end

    /// Tells the peer that no more bytes will come (close_notify; RFC 8446, section 6.1), and goes on reading.
    package func shutdownWrite() {
        sendCloseNotify()
        if outbox.isEmpty { socket.shutdownWrite() }
    }

    /// Ends and closes the connection, without waiting for the peer. Idempotent.
    package func close() {
        sendCloseNotify()
        drop()
    }

    /// Closes the connection without a word, since nobody is there to hear it: it would only be answered by a reset.
    package func drop() {
        isEstablished = false
        outbox.discard()
        socket.close()
    }

    private func sendCloseNotify() {
        guard isEstablished, !sentCloseNotify else { return }
        sentCloseNotify = true
        // A write that was cut short would be followed by nonsense; the peer sees the connection cut instead.
        guard outbox.isEmpty else { return }
        LibraryFailure.forget()
        _ = unsafe SSL_shutdown(ssl)
        LibraryFailure.forget()
        // Whoever does not take it any more misses nothing.
        try? flush()
    }

    // MARK: What was agreed

    /// The host name that the client asked for, in lower case; nil when it asked for none.
    package var sniHostname: String? { unsafe ServerName.of(ssl) }

    /// The application protocol (ALPN); nil when none was negotiated.
    package var alpnProtocol: String? {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &bytes, &count)
        guard let bytes = unsafe bytes, count > 0 else { return nil }
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
    }

    /// The version of the protocol.
    package var version: TLSVersion? { TLSVersion(rawValue: unsafe String(cString: SSL_get_version(ssl))) }

    /// The name of the cipher suite; nil before the handshake.
    package var cipherSuite: String? {
        guard let cipher = unsafe SSL_get_current_cipher(ssl) else { return nil }
        return unsafe String(cString: SSL_CIPHER_get_name(cipher))
    }

    /// Whether the handshake was shortened by a session ticket.
    package var isResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }

    /// What a client can resume this connection with. With TLS 1.3, only after something was read.
    package var session: TLSSession? {
        guard let session = unsafe SSL_get1_session(ssl) else { return nil }
        return unsafe TLSSession(owning: session)
    }
}
