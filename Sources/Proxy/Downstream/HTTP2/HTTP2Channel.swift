import EventLoop
import HTTP2
import HTTPMessage

/// How bytes come and go on one stream: what a connection is to HTTP/1.1.
///
/// Waits end with news of the stream, which the connection's reader brings, or when their time is over, which the
/// connection looks after once a second: a wait costs no timer of its own.
final class HTTP2Channel {
    let connection: HTTP2Connection
    let session: HTTP2ServerSession
    let workspace: HTTP2Workspace
    /// The stream that is served, or the last one that was.
    @safe @exclusivity(unchecked) private(set) var stream: HTTP2Stream
    @safe @exclusivity(unchecked) private(set) var isServing = true
    /// What the request in progress needs, from the opening of its stream to the end.
    @safe @exclusivity(unchecked) var exchange: Exchange?
    /// How far it has come, for the task that takes it over.
    @safe @exclusivity(unchecked) var step = RequestStep.opened
    @safe @exclusivity(unchecked) private var reader: StreamWaiter?
    @safe @exclusivity(unchecked) private var writer: StreamWaiter?
    /// Whether nobody reads the request's body any more.
    @safe @exclusivity(unchecked) private var isReadingOver = false
    /// Whether the draft holds the head of the answer, to be sent together with what of the body is there.
    @safe @exclusivity(unchecked) private var headIsDrafted = false
    /// Whether the head of the final answer is sent.
    @safe @exclusivity(unchecked) private(set) var isAnswered = false

    init(connection: HTTP2Connection, stream: HTTP2Stream) {
        self.connection = connection
        session = connection.session
        workspace = session.workspace
        self.stream = stream
    }

    /// Serves the next stream.
    func begin(_ stream: HTTP2Stream) {
        self.stream = stream
        isServing = true
        isReadingOver = false
        headIsDrafted = false
        isAnswered = false
    }

    func finish() { isServing = false }

    /// Has the request in progress fetched into the processor's caches, which it has left while hundreds of others had their
    /// turn: it comes while the answer is read.
    func fetchExchange() {
        let request = exchange.map { ObjectIdentifier($0) }
        if let request { ProcessorCache.fetch(request, byteCount: Self.exchangeBytesRead) }
        ProcessorCache.fetch(ObjectIdentifier(stream), byteCount: Self.streamBytesRead)
    }

    /// How much of an exchange, and of a stream, an answer reads.
    private static let exchangeBytesRead = 768
    private static let streamBytesRead = 256

    /// How far the stream has come, for the one task that goes on from there.
    func takeStep() -> RequestStep {
        defer { step = .opened }
        return step
    }

    /// Whether the client takes no answer any more.
    var isGone: Bool { stream.isClosed }

    // MARK: The request's body

    /// Appends what came of the body; `endOfStream` at its end.
    func read(into buffer: inout ByteBuffer) throws(IOError) -> ReadOutcome {
        guard !isReadingOver else { throw .cancelled }
        let count = session.take(from: stream, into: &buffer)
        if count > 0 {
            connection.sendSoon()
            return .bytes(count)
        }
        if stream.peerHasEnded { return .endOfStream }
        if stream.isClosed { throw .closedByPeer }
        return .wouldBlock
    }

    func readable(deadline: MonotonicInstant) async throws(IOError) {
        connection.waits += 1
        let wake = await StreamWaiter.wait(until: deadline, unless: { mayRead }, { reader = $0 })
        connection.waits -= 1
        if wake == .timedOut { throw .timedOut }
    }

    /// Whether a read has something to say.
    private var mayRead: Bool {
        stream.receivedCount > 0 || stream.peerHasEnded || stream.isClosed || isReadingOver
    }

    /// Has the body's reader stop: whatever may still come is for nobody.
    func endReading() {
        isReadingOver = true
        resumeReader(.gone)
    }

    // MARK: The answer

    /// The head of the answer, to be filled in and then sent with the body before anything is waited for.
    func draftHead(_ status: Int, _ fill: (inout FieldDraft) -> Void) {
        workspace.draft.begin(status: status)
        fill(&workspace.draft)
        headIsDrafted = true
    }

    /// Sends an interim answer (RFC 9110, section 15.2).
    func inform(_ status: Int, _ fill: (inout FieldDraft) -> Void) throws(IOError) {
        if stream.isClosed { throw .closedByPeer }
        workspace.draft.begin(status: status)
        fill(&workspace.draft)
        session.inform(on: stream)
        connection.sendSoon()
    }

    /// Tells a client that waits for it to send the body, unless it has begun to (RFC 9110, section 10.1.1).
    func inviteBody() {
        guard stream.receivedCount == 0, !stream.peerHasEnded else { return }
        // A stream that is closed is found so by who reads the body.
        try? inform(100) { _ in }
    }

    /// Hands the head, if it is drafted, and all of `body` to the session, to be sent at the end of this turn of the
    /// loop. How many bytes that was.
    ///
    /// - Parameter trailers: what follows the body, if the answer ends with it.
    func push(_ body: inout ByteBuffer, ends: Bool, trailers: FieldBlock? = nil) throws(IOError) -> Int {
        let (session, stream) = (session, stream)
        if stream.isClosed { throw .closedByPeer }
        var count = body.count
        if count > 0 { session.send(&body, on: stream) }
        if headIsDrafted {
            headIsDrafted = false
            isAnswered = true
            count += workspace.draft.byteCount
            let endsWithHead = ends && stream.outgoingCount == 0 && trailers == nil
            if ends, !endsWithHead { end(stream, trailers) }
            session.respond(on: stream, endsStream: endsWithHead)
            session.takeBack(&body, from: stream)
        } else if ends {
            end(stream, trailers)
        }
        connection.sendSoon()
        return count
    }

    /// Says that nothing follows what was handed over.
    func finishWriting() {
        guard !stream.isClosed else { return }
        session.end(stream)
        connection.sendSoon()
    }

    private func end(_ stream: HTTP2Stream, _ trailers: FieldBlock?) {
        guard let trailers else { return session.end(stream) }
        var draft = FieldDraft()
        for index in 0..<trailers.count where Trailers.mayPass(trailers, index) { draft.append(trailers, index) }
        session.end(stream, trailers: draft)
    }

    /// Whether more may be handed over now.
    var hasRoom: Bool { stream.hasRoom }

    /// Waits until the client has taken enough of what it was sent.
    func writable(deadline: MonotonicInstant) async throws(IOError) {
        connection.waits += 1
        let wake = await StreamWaiter.wait(
            until: deadline, unless: { stream.hasRoom || stream.isClosed },
            { waiter in
                session.awaitRoom(on: stream)
                writer = waiter
            })
        connection.waits -= 1
        if wake == .timedOut { throw .timedOut }
        if stream.isClosed { throw .closedByPeer }
    }

    /// Ends the stream midway, and whoever waits on it.
    func breakOff() {
        session.reset(stream, .cancel)
        connection.sendSoon()
        wake(.closed)
    }

    // MARK: Waking

    /// Wakes those whom the news concern.
    func wake(_ news: HTTP2Stream.News) {
        if news.contains(.closed) {
            resumeReader(.gone)
            resumeWriter(.gone)
        }
        if news.contains(.readable) { resumeReader(.ready) }
        if news.contains(.writable) { resumeWriter(.ready) }
    }

    /// Ends the waits whose time is over.
    func wakeOverdue(now: MonotonicInstant) {
        if let reader, reader.deadline <= now { resumeReader(.timedOut) }
        if let writer, writer.deadline <= now { resumeWriter(.timedOut) }
    }

    private func resumeReader(_ wake: StreamWaiter.Wake) { reader.take()?.resume(wake) }

    private func resumeWriter(_ wake: StreamWaiter.Wake) { writer.take()?.resume(wake) }
}
