internal import CNGHTTP2
import HTTPMessage

/// The server's side of an HTTP/2 connection.
///
/// A request is there when a stream has the news `opened`: its head is in `request`, and `refusal` says whether it may
/// only be refused. Answer with `inform` as often as you like, then `respond` once, then `send` and `end`. A stream
/// whose answer is complete while the client still sends is reset with NO_ERROR, which asks it to stop (RFC 9113,
/// section 8.1).
@safe package final class HTTP2ServerSession: HTTP2Session {
    /// How many streams the client has opened.
    @safe @exclusivity(unchecked) package private(set) var openedCount = 0
    @safe @exclusivity(unchecked) private var isShuttingDown = false

    package init(limits: HTTP2Limits = HTTP2Limits(), workspace: HTTP2Workspace) {
        unsafe super.init(
            { raw, callbacks, options, memory in
                unsafe nghttp2_session_server_new3(&raw, callbacks, nil, options, &memory)
            },
            isServer: true, limits: limits, workspace: workspace)
        var settings: [(id: nghttp2_settings_id, value: UInt32)] = [
            (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streamsMax),
            (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindow),
            (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, UInt32(clamping: limits.head.headBytesMax)),
            // Clients say urgency (RFC 9218), and need not build trees (CVE-2019-9513).
            (NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
        ]
        if limits.allowsExtendedConnect { settings.append((NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1)) }
        announce(settings)
    }

    // MARK: Requests

    override func headBegins(_ id: Int32, isFirst: Bool) -> HTTP2Stream? {
        guard isFirst else {
            guard let stream = stream(id), !stream.isMalformed else { return nil }
            stream.trailers = FieldBlock()
            return stream
        }
        openedCount &+= 1
        if !settingsAreAcknowledged, openedCount > PeerBudget.streamsBeforeAcknowledgement {
            reason = .enhanceYourCalm
            return nil
        }
        // Closing streams frees their numbers, but not yet those who work on them.
        guard strays < PeerBudget.strayStreamsMax else {
            _ = unsafe nghttp2_submit_rst_stream(raw, 0, id, HTTP2ErrorCode.refusedStream.rawValue)
            turnedAwayCount += 1
            return nil
        }
        unfruitful.earn(PeerBudget.framesEarned)
        lastPeerStream = max(lastPeerStream, id)
        let stream = workspace.borrowStream()
        stream.request.reset()
        register(stream, id: id)
        return stream
    }

    override func fieldsBeingRead(_ stream: HTTP2Stream) -> Unmanaged<FieldBlock> {
        if let trailers = stream.trailers { return unsafe .passUnretained(trailers) }
        return unsafe .passUnretained(stream.request.fields)
    }

    override func headEnds(_ stream: HTTP2Stream, _ reading: HeadReading, endsStream: Bool) {
        if stream.trailers != nil {
            guard reading.isTrailerSection else { return refuseMalformed(stream) }
            return peerEnds(stream)
        }
        var refusal: RequestError?
        guard reading.finishRequest(stream.request, endsStream: endsStream, refusal: &refusal) else {
            return refuseMalformed(stream)
        }
        stream.refusal = refusal
        if reading.excess != nil, !oversizedHeads.take(now: now) { reason = .enhanceYourCalm }
        stream.isAnnounced = true
        note(.opened, of: stream)
        if endsStream { peerEnds(stream) }
    }

    // MARK: Answers

    /// Sends the head of the final answer, which the workspace's draft is. What was given to `send` before is its body;
    /// without one, `endsStream`.
    package func respond(on stream: HTTP2Stream, endsStream: Bool) {
        guard !stream.isClosed else { return workspace.draft.removeAll() }
        stream.movedAt = now
        if endsStream { stream.weHaveEnded = true }
        let (list, count) = unsafe submission(for: stream)
        let result: Int32
        if endsStream {
            result = unsafe nghttp2_submit_response(raw, stream.id, list, count, nil)
        } else {
            var source = unsafe bodySource(stream)
            result = unsafe nghttp2_submit_response(raw, stream.id, list, count, &source)
        }
        if !draftWasSubmitted(for: stream, result) { reset(stream, .internalError) }
    }

    /// Lets the client go on after the end of our message: the stream carries another protocol now (RFC 8441, section 5).
    package func becomeTunnel(_ stream: HTTP2Stream) { stream.mayOutlastUs = true }

    /// Sends an interim answer, which the workspace's draft is (RFC 9110, section 15.2).
    package func inform(on stream: HTTP2Stream) {
        guard !stream.isClosed else { return workspace.draft.removeAll() }
        let (list, count) = unsafe submission(for: stream)
        _ = draftWasSubmitted(for: stream, unsafe nghttp2_submit_headers(raw, 0, stream.id, nil, list, count, nil))
    }

    /// Resets the streams whose answers are complete but for the peer, which has given no window for them for `limit`
    /// nanoseconds: nobody waits with them who could see to it (CVE-2019-9517).
    package func resetStalled(now nanoseconds: UInt64, limit: UInt64) {
        for stream in openStreams where stream.weHaveEnded && !stream.endIsFramed {
            if stream.movedAt &+ limit <= nanoseconds { reset(stream, .cancel) }
        }
    }

    // MARK: Shutting down

    /// Tells the client that the connection will end, while it may still open streams that are on their way: the first
    /// of two steps (RFC 9113, section 6.8). `ping` after it, and `shutDown` when that is answered or time is up.
    package func announceShutdown() {
        guard failure == nil else { return }
        _ = unsafe nghttp2_submit_shutdown_notice(raw)
        serialise()
    }

    /// Takes no more streams. The connection is over when those that are open are.
    package func shutDown() {
        guard failure == nil, !isShuttingDown else { return }
        isShuttingDown = true
        let last = unsafe nghttp2_session_get_last_proc_stream_id(raw)
        _ = unsafe nghttp2_submit_goaway(raw, 0, last, HTTP2ErrorCode.noError.rawValue, nil, 0)
        serialise()
    }
}
