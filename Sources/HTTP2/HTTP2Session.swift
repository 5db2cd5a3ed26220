internal import CNGHTTP2
package import HTTPMessage

/// One HTTP/2 connection without its socket: bytes in, news out, bytes to send out (RFC 9113).
///
/// The owner reads from the peer and calls `receive`, then asks `nextNews` which streams something happened to, and does
/// something about it; what there is to send it takes with `withOutput` and `outputWasSent`. Nothing calls back into
/// the owner, so nothing can re-enter. nghttp2 does framing, header compression, stream states and windows; here is
/// what it leaves open: limits, budgets, and whose memory is whose. The only owner of its `nghttp2_session`.
///
/// Flow control follows consumption: the peer may send more when `take` has taken what came, and what is to be sent is
/// held in the stream, `HTTP2Stream.outgoingBytesMax` of it, until the peer gives window.
///
/// Belongs to one loop. There are two kinds, `HTTP2ServerSession` and `HTTP2ClientSession`.
@safe package class HTTP2Session {
    let raw: OpaquePointer
    final let isServer: Bool
    package final let workspace: HTTP2Workspace
    final let limits: HTTP2Limits

    // MARK: Streams

    /// All streams that are open, or that the owner has not released.
    @safe @exclusivity(unchecked) private final var streams: [HTTP2Stream] = []
    /// How many of them are closed on the wire.
    @safe @exclusivity(unchecked) private final var strayCount = 0
    /// How many streams were refused before anybody heard of them, and are still open on the wire.
    @safe @exclusivity(unchecked) final var turnedAwayCount = 0
    /// Streams that have news, which is why they are not used again. Not held, as above.
    @safe @exclusivity(unchecked) private final var newsworthy: [Unmanaged<HTTP2Stream>] = unsafe []
    @safe @exclusivity(unchecked) private final var newsRead = 0
    /// Streams whose answer is complete while the peer still sends: it is told to stop.
    @safe @exclusivity(unchecked) final var early: [Int32] = []
    /// The stream that a frame was last about: the next one often is about the same. Not held, here and below, but by
    /// `streams`, and forgotten when the stream closes: counting references was a twentieth of a request.
    @safe @exclusivity(unchecked) final var present: Unmanaged<HTTP2Stream>?

    /// How many streams are open on the wire.
    package final var openCount: Int { streams.count - strayCount }
    /// How many streams there are that the owner still has to release, or that are open.
    package final var streamCount: Int { streams.count }

    // MARK: State

    /// The head that is being read, between its HEADERS frame and the last of its CONTINUATIONs: the workspace's, or
    /// `heldReading`.
    @safe @exclusivity(unchecked) final var reader: Unmanaged<HeadReading>?
    /// The same, if the rest of it is still on its way.
    @safe @exclusivity(unchecked) final var heldReading: HeadReading?
    /// The stream that it is for; nil when nobody wants it.
    @safe @exclusivity(unchecked) final var readingStream: Unmanaged<HTTP2Stream>?
    /// When that head began; nil while none is being read.
    @safe @exclusivity(unchecked) package internal(set) final var headBegan: UInt64?
    /// The frames that wait to be sent. Has memory of its own only while there are some: the rest of the time that lies
    /// in `outbox`, and that at the workspace's.
    @safe @exclusivity(unchecked) private final var output = ByteBuffer()
    @safe @exclusivity(unchecked) private final var outbox: FrameBuffer?
    @safe @exclusivity(unchecked) final var now: UInt64 = 0
    /// What ended the connection, once something has: by the peer or by us.
    @safe @exclusivity(unchecked) package internal(set) final var failure: HTTP2ErrorCode?
    /// Whether nghttp2 must not be asked any more.
    @safe @exclusivity(unchecked) private final var isBroken = false
    /// Why a callback gave up.
    @safe @exclusivity(unchecked) final var reason: HTTP2ErrorCode?
    /// The last stream of the peer's that anything was done about.
    @safe @exclusivity(unchecked) final var lastPeerStream: Int32 = 0
    /// What the peer has done, for rules that nghttp2 does not keep.
    @safe @exclusivity(unchecked) final var conduct = PeerConduct()
    /// Whether the peer has acknowledged our SETTINGS.
    @safe @exclusivity(unchecked) package internal(set) final var settingsAreAcknowledged = false
    /// Whether the peer's SETTINGS, its first frame, have come.
    @safe @exclusivity(unchecked) package internal(set) final var hasGreeted = false
    /// The last answer to a PING of ours.
    @safe @exclusivity(unchecked) package internal(set) final var pingsAnswered = 0

    // MARK: Budgets

    @safe @exclusivity(unchecked) final var resets = TokenBucket(PeerBudget.resets)
    @safe @exclusivity(unchecked) final var oversizedHeads = TokenBucket(PeerBudget.oversizedHeads)
    @safe @exclusivity(unchecked) final var unfruitful = TokenBucket(PeerBudget.frames)

    init(
        _ make: (inout OpaquePointer?, OpaquePointer, OpaquePointer, inout nghttp2_mem) -> Int32, isServer: Bool,
        limits: HTTP2Limits, workspace: HTTP2Workspace
    ) {
        self.isServer = isServer
        self.limits = limits
        self.workspace = workspace
        var raw: OpaquePointer?
        let shared = SessionSetup.shared
        var memory = unsafe workspace.memory.functions
        guard unsafe make(&raw, shared.callbacks, shared.options, &memory) == 0, let raw = unsafe raw else {
            preconditionFailure("nghttp2 has no memory for a session")
        }
        unsafe self.raw = raw
        unsafe nghttp2_session_set_user_data(raw, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        unsafe nghttp2_session_del(raw)
        giveBackOutbox()
        if let heldReading { workspace.giveBack(heldReading) }
    }

    /// Says what we allow. First of all.
    final func announce(_ settings: [(id: nghttp2_settings_id, value: UInt32)]) {
        let entries = settings.map { nghttp2_settings_entry(settings_id: Int32($0.id.rawValue), value: $0.value) }
        let result = unsafe entries.withUnsafeBufferPointer { entries in
            unsafe nghttp2_submit_settings(raw, 0, entries.baseAddress, entries.count)
        }
        precondition(result == 0, "our own settings are in order")
        _ = unsafe nghttp2_session_set_local_window_size(raw, 0, 0, limits.connectionWindow)
        serialise()
    }

    // MARK: Bytes in

    /// Takes what the peer sent. `nanoseconds` is a clock that never goes back.
    package final func receive(_ bytes: Span<UInt8>, now nanoseconds: UInt64) {
        now = nanoseconds
        guard !isBroken, !bytes.isEmpty else { return }
        let result = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe nghttp2_session_mem_recv(raw, bytes.baseAddress, bytes.count)
        }
        present = nil
        if unsafe reader != nil, heldReading == nil { holdReading() }
        guard result >= 0 else { return breakOff(reason ?? Self.code(ofFailure: result)) }
        serialise()
    }

    /// A head is not complete, and the next one that the workspace reads is another session's.
    private func holdReading() {
        let reading = workspace.takeReading()
        if unsafe readingStream != nil { reading.hold() }
        heldReading = reading
    }

    /// What the connection is ended with when nghttp2 cannot go on.
    private static func code(ofFailure result: Int) -> HTTP2ErrorCode {
        switch Int32(truncatingIfNeeded: result) {
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: .protocolError
        case NGHTTP2_ERR_NOMEM.rawValue: .internalError
        default: .enhanceYourCalm
        }
    }

    // MARK: News

    /// The next stream that something happened to; `takeNews` tells what. Nil when there is none left.
    package final func nextNews() -> HTTP2Stream? {
        while unsafe newsRead < newsworthy.count {
            let next = unsafe newsworthy[newsRead]
            newsRead += 1
            if unsafe !next._withUnsafeGuaranteedRef(isForNobody) { return unsafe next.takeUnretainedValue() }
        }
        if newsRead > 0 {
            unsafe newsworthy.removeAll(keepingCapacity: true)
            newsRead = 0
        }
        return nil
    }

    /// Whether the owner wants to hear no more of a stream. If it is closed, too, that was the last of it.
    private func isForNobody(_ stream: HTTP2Stream) -> Bool {
        guard stream.isReleased else { return false }
        stream.news = []
        if stream.isClosed { recycle(stream) }
        return true
    }

    /// What happened to a stream since it was asked last.
    package final func takeNews(of stream: HTTP2Stream) -> HTTP2Stream.News {
        let news = stream.news
        stream.news = []
        return news
    }

    final func note(_ news: HTTP2Stream.News, of stream: HTTP2Stream) {
        if stream.isReleased { return }
        if stream.news.isEmpty { unsafe newsworthy.append(Unmanaged.passUnretained(stream)) }
        stream.news.formUnion(news)
    }

    // MARK: Streams

    final func adopt(_ stream: HTTP2Stream, id: Int32) {
        stream.id = id
        stream.place = streams.count
        streams.append(stream)
    }

    final var openStreams: [HTTP2Stream] { streams.filter { !$0.isClosed } }

    /// How many closed streams still keep somebody busy.
    final var strays: Int { strayCount }

    /// The stream is closed on the wire.
    final func closed(_ stream: HTTP2Stream, _ code: HTTP2ErrorCode) {
        guard !stream.isClosed else { return }
        stream.isClosed = true
        // With the end of both messages nghttp2 closes a stream before it has said what was wrong.
        stream.closeCode = stream.isMalformed && code == .noError ? .protocolError : code
        // The owner never hears of a stream that ends before its head was in order.
        if !stream.isAnnounced { stream.isReleased = true }
        strayCount += 1
        let itself = unsafe Unmanaged.passUnretained(stream).toOpaque()
        if let present, unsafe present.toOpaque() == itself { self.present = nil }
        // Of a head that is being read for it, nghttp2 tells nothing any more, nor when it ends.
        if let reading = readingStream, unsafe reading.toOpaque() == itself { headIsOver() }
        // Nobody will take these any more; the connection's window must not shrink by them.
        if stream.receivedCount > 0, !isBroken {
            _ = unsafe nghttp2_session_consume_connection(raw, stream.receivedCount)
        }
        if stream.isReleased {
            if stream.news.isEmpty { recycle(stream) }
        } else {
            note(.closed, of: stream)
        }
    }

    /// The owner is done with the stream and does not touch it again. What is in it to be sent still is.
    package final func release(_ stream: HTTP2Stream) {
        stream.isReleased = true
        if stream.isClosed {
            if stream.news.isEmpty { recycle(stream) }
        } else if stream.receivedCount > 0 {
            // The rest of the body is for nobody, and comes in and goes out without anybody's doing.
            consume(stream.receivedCount, of: stream)
            stream.received.clear()
        }
    }

    /// Gives a stream back, which ends with it unless somebody else holds it: it may only be lent to whoever calls this.
    private func recycle(_ stream: HTTP2Stream) {
        let place = stream.place
        guard place < streams.count, streams[place] === stream else { return }
        strayCount -= 1
        var last = streams.removeLast()
        if place < streams.count {
            swap(&last, &streams[place])
            streams[place].place = place
        }
        workspace.giveBack(last)
    }

    // MARK: Bodies in

    /// Moves what came of a body into `buffer`, and lets the peer send as much again. The number of bytes.
    package final func take(from stream: HTTP2Stream, into buffer: inout ByteBuffer) -> Int {
        let count = stream.received.count
        guard count > 0 else { return 0 }
        if buffer.isEmpty {
            swap(&buffer, &stream.received)
        } else {
            buffer.append(stream.received.span)
            stream.received.clear()
        }
        consume(count, of: stream)
        return count
    }

    final func consume(_ count: Int, of stream: HTTP2Stream) {
        guard !isBroken, !stream.isClosed else { return }
        _ = unsafe nghttp2_session_consume(raw, stream.id, count)
    }

    // MARK: Bodies out

    /// Moves all of `buffer` to what is to be sent on the stream, after its head was sent. Frames are made of it as the
    /// peer gives window. Ask `HTTP2Stream.hasRoom` first, or memory grows.
    package final func send(_ buffer: inout ByteBuffer, on stream: HTTP2Stream) {
        guard !stream.isClosed, !stream.weHaveEnded else { return buffer.clear() }
        if stream.outgoing.isEmpty {
            swap(&buffer, &stream.outgoing)
            buffer.clear()
        } else {
            stream.outgoing.append(buffer.span)
            buffer.clear()
        }
        resume(stream)
    }

    /// Gives the memory back that `send` took with the bytes, if they are in frames by now and `buffer` is empty.
    package final func takeBack(_ buffer: inout ByteBuffer, from stream: HTTP2Stream) {
        if stream.outgoing.isEmpty, buffer.isEmpty { swap(&buffer, &stream.outgoing) }
    }

    /// Says that nothing follows what is to be sent on the stream.
    package final func end(_ stream: HTTP2Stream) {
        guard !stream.weHaveEnded else { return }
        stream.weHaveEnded = true
        resume(stream)
    }

    /// Says that nothing but these trailers follows what is to be sent on the stream (RFC 9113, section 8.1).
    package final func end(_ stream: HTTP2Stream, trailers: consuming FieldDraft) {
        guard !stream.weHaveEnded else { return }
        if !trailers.isEmpty { stream.outgoingTrailers = consume trailers }
        end(stream)
    }

    /// Has `.writable` come when there is room again on the stream.
    package final func awaitRoom(on stream: HTTP2Stream) { stream.wantsRoom = true }

    private func resume(_ stream: HTTP2Stream) {
        guard stream.isDeferred, !isBroken else { return }
        stream.isDeferred = false
        _ = unsafe nghttp2_session_resume_data(raw, stream.id)
    }

    /// Ends the stream at once, whatever it is doing (RST_STREAM).
    package final func reset(_ stream: HTTP2Stream, _ code: HTTP2ErrorCode) {
        guard !stream.isClosed, !isBroken, stream.id > 0 else { return }
        _ = unsafe nghttp2_submit_rst_stream(raw, 0, stream.id, code.rawValue)
        serialise()
    }

    // MARK: Bytes out

    /// Bytes that wait to be sent.
    package final var outputCount: Int { output.count }

    /// Whether no more frames are made until some of those that wait are sent.
    package final var isCongested: Bool { outputCount >= limits.outputBytesMax }

    /// Shows the bytes that wait to be sent, after making frames of all that can be sent now.
    package final func withOutput<Answer, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        serialise()
        return try Self.show(output, body)
    }

    private static func show<Answer, Failure: Error>(
        _ bytes: borrowing ByteBuffer, _ body: (Span<UInt8>) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        try body(bytes.span)
    }

    /// Forgets the first `count` bytes of the output: they are sent.
    package final func outputWasSent(_ count: Int) {
        output.consume(count)
        if output.isEmpty { giveBackOutbox() }
    }

    private final func borrowOutbox() {
        let outbox = workspace.borrowFrames()
        swap(&output, &outbox.bytes)
        self.outbox = outbox
    }

    private final func giveBackOutbox() {
        guard let outbox = outbox.take() else { return }
        swap(&output, &outbox.bytes)
        workspace.giveBack(outbox)
    }

    /// Appends to the output.
    final func emit(_ bytes: Span<UInt8>) {
        if outbox == nil { borrowOutbox() }
        output.append(bytes)
    }

    final func emit(front count: Int, of buffer: inout ByteBuffer) {
        emit(buffer.span.extracting(..<count))
        buffer.consume(count)
    }

    /// Makes frames of what can be sent now, until too many wait. With `stream`, at least until the head that was just
    /// given to nghttp2 for it is among them: it may lie in memory that is about to be used for something else.
    final func serialise(headOf stream: HTTP2Stream? = nil) {
        while !isBroken {
            let mayStop = stream?.headIsFramed ?? true
            if mayStop, isCongested { break }
            var bytes: UnsafePointer<UInt8>?
            let count = unsafe nghttp2_session_mem_send(raw, &bytes)
            if count == 0 { break }
            guard count > 0, let bytes = unsafe bytes else { return breakOff(.internalError) }
            emit(unsafe Span(_unsafeStart: bytes, count: count))
        }
        if !early.isEmpty { resetEarly() }
        if let reason, failure == nil { terminate(reason) }
    }

    private func resetEarly() {
        let ids = early
        early.removeAll(keepingCapacity: true)
        for id in ids { _ = unsafe nghttp2_submit_rst_stream(raw, 0, id, HTTP2ErrorCode.noError.rawValue) }
        serialise()
    }

    // MARK: The end

    /// Whether the connection is over: nothing more will be said by either side once the output is sent.
    package final var isOver: Bool {
        unsafe isBroken || nghttp2_session_want_read(raw) == 0 && nghttp2_session_want_write(raw) == 0
    }

    /// Ends the connection: tells the peer why (GOAWAY), and closes every stream.
    package final func terminate(_ code: HTTP2ErrorCode) {
        guard !isBroken else { return }
        if failure == nil { failure = code }
        _ = unsafe nghttp2_session_terminate_session2(raw, lastPeerStream, code.rawValue)
        serialise()
    }

    /// Ends the connection without nghttp2, which has given up: says GOAWAY in our own words, and closes every stream.
    final func breakOff(_ code: HTTP2ErrorCode) {
        guard !isBroken else { return }
        isBroken = true
        failure = code
        var goAway: [UInt8] = [0, 0, 8, nghttp2_frame_goaway, 0, 0, 0, 0, 0]
        for value in [UInt32(bitPattern: lastPeerStream), code.rawValue] {
            for shift in [24, 16, 8, 0] { goAway.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
        }
        emit(goAway.span)
        abandonStreams(code)
    }

    /// Closes every stream, since the connection is gone. The owner calls it when the socket fails.
    package final func abandon() {
        isBroken = true
        if failure == nil { failure = .noError }
        abandonStreams(.cancel)
    }

    private func abandonStreams(_ code: HTTP2ErrorCode) {
        for stream in streams where !stream.isClosed { closed(stream, code) }
    }

    /// Sends a PING; its answer is counted in `pingsAnswered`.
    package final func ping() {
        guard !isBroken else { return }
        _ = unsafe nghttp2_submit_ping(raw, 0, nil)
        serialise()
    }

    // MARK: For the kinds of session

    /// The head of a message begins. Answers which stream it is for; nil to have it passed over.
    func headBegins(_ id: Int32, isFirst: Bool) -> HTTP2Stream? { nil }

    /// Where the regular fields of the head that is being read go: a block that the stream holds.
    func fieldsBeingRead(_ stream: HTTP2Stream) -> Unmanaged<FieldBlock> {
        unsafe .passUnretained(stream.request.fields)
    }

    /// The head of a message, or its trailer section, has come whole.
    func headEnds(_ stream: HTTP2Stream, _ reading: HeadReading, endsStream: Bool) {}

    /// The peer takes no more streams.
    func peerGoesAway(_ code: HTTP2ErrorCode) {}
}

extension HTTP2Session {
    /// A message that is none: the stream is reset, and nobody hears of it if nobody has yet (RFC 9113, section 8.1.1).
    final func refuseMalformed(_ stream: HTTP2Stream) {
        stream.isMalformed = true
        _ = unsafe nghttp2_submit_rst_stream(raw, 0, stream.id, HTTP2ErrorCode.protocolError.rawValue)
    }

    /// Ties a stream to its number on the wire.
    final func register(_ stream: HTTP2Stream, id: Int32) {
        adopt(stream, id: id)
        unsafe nghttp2_session_set_stream_user_data(raw, id, Unmanaged.passUnretained(stream).toOpaque())
    }

    /// Where nghttp2 is to take the body of a message from.
    final func bodySource(_ stream: HTTP2Stream) -> nghttp2_data_provider {
        unsafe nghttp2_data_provider(
            source: nghttp2_data_source(ptr: Unmanaged.passUnretained(stream).toOpaque()),
            read_callback: SessionSetup.readBody)
    }

    /// The draft as nghttp2 wants to see it, to be handed to it for `stream`; then call `draftWasSubmitted`.
    ///
    /// While there is room for frames, nghttp2 looks at the fields where they are, and they are in frames before anything
    /// else is done; else it makes a copy.
    final func submission(for stream: HTTP2Stream) -> (list: UnsafePointer<nghttp2_nv>, count: Int) {
        stream.headIsFramed = false
        stream.headIsCopied = isCongested
        return unsafe workspace.draft.nameValues(copying: stream.headIsCopied)
    }

    /// Makes frames of what nghttp2 was given, which answered with `result`. False when it would not have it.
    final func draftWasSubmitted(for stream: HTTP2Stream, _ result: Int32) -> Bool {
        defer { workspace.draft.removeAll() }
        guard result >= 0 else { return false }
        serialise(headOf: stream.headIsCopied ? nil : stream)
        // What it has not looked at by now it would find changed.
        if !stream.headIsCopied, !stream.headIsFramed, !stream.isClosed { breakOff(.internalError) }
        return true
    }
}
