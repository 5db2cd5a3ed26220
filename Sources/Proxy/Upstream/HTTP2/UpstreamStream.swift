import EventLoop
import HTTP2
import HTTPMessage

/// One request on an HTTP/2 connection to an endpoint: what a connection of its own is to HTTP/1.1.
///
/// It is a place at first, which nobody else gets; the stream is opened with the request's head. News of it ring the
/// bells at which the request's tasks wait.
final class UpstreamStream {
    let session: UpstreamSession
    @safe @exclusivity(unchecked) private var stream: HTTP2Stream?
    private let reading: Doorbell
    private let writing: Doorbell
    @safe @exclusivity(unchecked) private var isCancelled = false
    @safe @exclusivity(unchecked) private var isOver = false
    /// Whether the server is known to have done nothing about the request (RFC 9113, section 8.7): then it may be sent
    /// again whatever it is.
    @safe @exclusivity(unchecked) private(set) var isUntouched = false

    init(session: UpstreamSession) {
        self.session = session
        reading = Doorbell(loop: session.loop)
        writing = Doorbell(loop: session.loop)
    }

    private var http2: HTTP2ClientSession { session.http2 }

    // MARK: The request

    /// Whether the server lets a stream carry another protocol (RFC 8441, section 3).
    var mayTunnel: Bool { http2.serverAllowsExtendedConnect }

    /// Opens the stream with the head that stands in `exchange.upstreamOutput`, and what stands behind it. The bytes are
    /// left there for another try.
    ///
    /// - Parameter opening: the protocol that the stream is asked for, if it is to carry another than HTTP.
    func begin(_ exchange: Exchange, isSecure: Bool, opening: [UInt8]?) throws(IOError) {
        let takesTrailers = exchange.request.takesTrailers
        guard !isCancelled, http2.canOpen,
            let opened = open(
                exchange.upstreamOutput, method: exchange.request.method, isWhole: exchange.requestBody.isComplete,
                isSecure: isSecure, takesTrailers: takesTrailers, opening: opening)
        else {
            isUntouched = true
            throw .closedByPeer
        }
        stream = opened
        session.opened(self, opened)
        session.sendSoon()
    }

    private func open(
        _ text: borrowing ByteBuffer, method: Method, isWhole: Bool, isSecure: Bool, takesTrailers: Bool,
        opening: [UInt8]?
    ) -> HTTP2Stream? {
        let head = RequestDraft.fill(
            &http2.workspace.draft, from: text.span, isSecure: isSecure, takesTrailers: takesTrailers, opening: opening)
        let bodyCount = text.count - head
        let ends = isWhole && bodyCount == 0 && opening == nil
        guard let stream = http2.open(method: opening == nil ? method : .connect, endsStream: ends) else { return nil }
        if bodyCount > 0 {
            var body = ByteBuffer(minimumCapacity: bodyCount)
            body.append(text.span.extracting(droppingFirst: head))
            http2.send(&body, on: stream)
            if isWhole { http2.end(stream) }
        }
        return stream
    }

    /// Hands all of `body` over. Whether more may follow at once.
    func push(_ body: inout ByteBuffer) throws(IOError) -> Bool {
        guard let stream, !isCancelled else { throw .cancelled }
        if stream.isClosed { throw .closedByPeer }
        if !body.isEmpty {
            http2.send(&body, on: stream)
            session.sendSoon()
        }
        return stream.hasRoom
    }

    /// Whether handing over more has something to say now: it is taken, or the stream is closed.
    var mayPush: Bool { stream.map { $0.hasRoom || $0.isClosed } ?? false }

    /// Says that the request is complete.
    func endBody() {
        guard let stream else { return }
        http2.end(stream)
        session.sendSoon()
    }

    /// Waits until the server has taken enough of what it was sent.
    func writable(deadline: MonotonicInstant) async throws(IOError) {
        guard let stream, !isCancelled else { throw .cancelled }
        guard !stream.hasRoom, !stream.isClosed else { return }
        http2.awaitRoom(on: stream)
        await writing.wait(until: deadline)
        if isCancelled { throw .cancelled }
        if !stream.hasRoom, !stream.isClosed, session.loop.now >= deadline { throw .timedOut }
    }

    // MARK: The answer

    /// The oldest interim answer that was not taken yet.
    func takeInterim() -> ResponseHead? { stream.flatMap { http2.takeInterim(of: $0) } }

    /// Puts the head of the final answer into the exchange, once it is there.
    func takeResponse(_ exchange: Exchange) -> Bool {
        guard let stream, stream.hasResponse else { return false }
        swap(&exchange.response, &stream.response)
        let response = exchange.response
        let mayHaveBody = exchange.request.method != .head && response.status != 204 && response.status != 304
        if response.framing == .none, mayHaveBody { response.framing = .length(0) }
        return true
    }

    /// Appends what came of the body; `endOfStream` at its end.
    func read(into buffer: inout ByteBuffer) throws(IOError) -> ReadOutcome {
        guard let stream, !isCancelled else { throw .cancelled }
        let count = http2.take(from: stream, into: &buffer)
        if count > 0 {
            // The server may send as much again.
            session.sendSoon()
            return .bytes(count)
        }
        if stream.peerHasEnded { return .endOfStream }
        if stream.isClosed { throw .closedByPeer }
        return .wouldBlock
    }

    /// The trailers, at the end of the answer.
    var trailers: FieldBlock? { stream?.trailers }

    /// Waits until something has happened; `timedOut` when nothing has.
    func readable(deadline: MonotonicInstant) async throws(IOError) {
        guard let stream, !isCancelled else { throw .cancelled }
        guard stream.receivedCount == 0, !stream.peerHasEnded, !stream.isClosed else { return }
        let rang = await reading.wait(until: deadline)
        if isCancelled { throw .cancelled }
        if !rang, session.loop.now >= deadline { throw .timedOut }
    }

    /// Why there is no answer; nil while there may be one.
    var failure: UpstreamError? {
        guard let stream else { return .closed }
        guard stream.isClosed else { return nil }
        switch stream.closeCode {
        case .protocolError, .compressionError, .frameSizeError, .flowControlError:
            return .malformed("HTTP/2: \(stream.closeCode)")
        case .cancel:
            // The whole connection is gone; by our doing, if the server did not keep to the protocol.
            guard let failure = http2.failure, failure != .noError else { return .closed }
            return .malformed("HTTP/2: \(failure)")
        default: return .closed
        }
    }

    // MARK: News

    func wake(_ news: HTTP2Stream.News) {
        if news.contains(.closed) {
            if stream?.closeCode == .refusedStream { isUntouched = true }
            writing.ring()
        }
        if news.contains(.writable) { writing.ring() }
        if !news.isDisjoint(with: [.closed, .readable, .responded, .interim]) { reading.ring() }
    }

    /// Ends the present waits, and all later ones at once.
    func cancel() {
        isCancelled = true
        reading.ring()
        writing.ring()
    }

    /// Gives the place back. A stream on which not all was said is reset; the connection goes on.
    func end() {
        guard !isOver else { return }
        isOver = true
        if let stream {
            self.stream = nil
            if !stream.isClosed, !stream.isReadToEnd || !stream.weHaveEnded { http2.reset(stream, .cancel) }
            session.closed(self, stream)
        }
        session.leave()
    }
}

extension RequestHead {
    /// Whether the client says that it understands trailers (RFC 9110, section 10.1.4).
    var takesTrailers: Bool {
        let fields = fields
        for index in 0..<fields.count where fields.known(index) == .te {
            let options = fields.value(index).decoded.lowercased().split(separator: ",")
            if options.contains(where: { String($0).trimmingSpaces == "trailers" }) { return true }
        }
        return false
    }
}
