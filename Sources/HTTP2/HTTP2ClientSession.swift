internal import CNGHTTP2
package import HTTPMessage

/// The client's side of an HTTP/2 connection: what speaks to an upstream.
///
/// How to use it: fill `workspace.draft` with the head of a request, `:method`, `:scheme`, `:authority` and `:path`
/// first, and call `open`; then `send` and `end` for its body, with trailers if there are any. A stream's news tell
/// what comes: `interim` (take it from `takeInterim`), `responded` (the head is in `response`), `readable` (`take` the
/// body; `isReadToEnd` is its end, and then `trailers` are complete), `writable` after `awaitRoom`, `closed` last.
/// `release` every stream that was opened when done with it, `reset` it before if it is not at its end.
///
/// After each call of anything here, there may be news and output. Servers are watched as closely as clients are: a
/// malformed answer closes its stream, an unruly server its connection.
@safe package final class HTTP2ClientSession: HTTP2Session {
    /// Whether the server takes no new streams any more (GOAWAY), or there are no numbers left for them.
    @safe @exclusivity(unchecked) package private(set) var isGoingAway = false
    /// Why the server said that it goes away, when it last did.
    @safe @exclusivity(unchecked) package private(set) var peerGoAway: HTTP2ErrorCode?

    package init(limits: HTTP2Limits = HTTP2Limits(), workspace: HTTP2Workspace) {
        unsafe super.init(
            { raw, callbacks, options, memory in
                unsafe nghttp2_session_client_new3(&raw, callbacks, nil, options, &memory)
            },
            isServer: false, limits: limits, workspace: workspace)
        announce([
            // What nobody asked for is not taken (RFC 9113, section 8.4).
            (NGHTTP2_SETTINGS_ENABLE_PUSH, 0),
            (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindow),
            (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, UInt32(clamping: limits.head.headBytesMax)),
        ])
    }

    /// How many streams the server lets us have open: 100 until it says.
    package var streamsMax: Int {
        Int(unsafe nghttp2_session_get_remote_settings(raw, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
    }

    /// Whether a stream may be opened now.
    package var canOpen: Bool {
        unsafe !isGoingAway && failure == nil && openCount < streamsMax
            && nghttp2_session_check_request_allowed(raw) != 0
    }

    /// Whether the server understands extended CONNECT (RFC 8441, section 3).
    package var serverAllowsExtendedConnect: Bool {
        unsafe nghttp2_session_get_remote_settings(raw, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1
    }

    /// Opens a stream with the request whose head the workspace's draft is. Nil when it cannot be opened now: ask
    /// `canOpen` first.
    ///
    /// - Parameters:
    ///   - method: what the head says; decides whether the answer may have a body.
    ///   - endsStream: whether the request has no body.
    package func open(method: Method, endsStream: Bool) -> HTTP2Stream? {
        guard canOpen else {
            workspace.draft.removeAll()
            return nil
        }
        let stream = workspace.borrowStream()
        stream.requestMethod = method
        stream.isAnnounced = true
        stream.response.reset()
        stream.weHaveEnded = endsStream
        let (list, count) = unsafe submission(for: stream)
        let data = unsafe Unmanaged.passUnretained(stream).toOpaque()
        let id: Int32
        if endsStream {
            id = unsafe nghttp2_submit_request(raw, nil, list, count, nil, data)
        } else {
            var source = unsafe bodySource(stream)
            id = unsafe nghttp2_submit_request(raw, nil, list, count, &source, data)
        }
        if id > 0 { adopt(stream, id: id) }
        guard draftWasSubmitted(for: stream, id) else {
            // nghttp2 has run out of numbers, or of patience with the server.
            isGoingAway = true
            workspace.giveBack(stream)
            return nil
        }
        unfruitful.earn(PeerBudget.framesEarned)
        // A server can end each stream once, and we have opened it: that many resets cost nobody more than we asked for.
        resets.earn(1)
        return stream
    }

    /// The oldest interim answer that was not taken yet.
    package func takeInterim(of stream: HTTP2Stream) -> ResponseHead? {
        stream.interim.isEmpty ? nil : stream.interim.removeFirst()
    }

    // MARK: Answers

    override func headBegins(_ id: Int32, isFirst: Bool) -> HTTP2Stream? {
        guard let stream = stream(id), !stream.isMalformed else { return nil }
        if stream.hasResponse { stream.trailers = FieldBlock() } else { stream.response.reset() }
        return stream
    }

    override func fieldsBeingRead(_ stream: HTTP2Stream) -> Unmanaged<FieldBlock> {
        if let trailers = stream.trailers { return unsafe .passUnretained(trailers) }
        return unsafe .passUnretained(stream.response.fields)
    }

    override func headEnds(_ stream: HTTP2Stream, _ reading: HeadReading, endsStream: Bool) {
        if stream.trailers != nil {
            guard reading.isTrailerSection, endsStream else { return refuseMalformed(stream) }
            return peerEnds(stream)
        }
        let head = stream.response
        guard reading.finishResponse(head, endsStream: endsStream, to: stream.requestMethod) else {
            return refuseMalformed(stream)
        }
        if head.status < 200 {
            guard stream.interim.count < PeerBudget.interimAnswersMax, !endsStream else {
                return refuseMalformed(stream)
            }
            stream.interim.append(head)
            stream.response = ResponseHead()
            return note(.interim, of: stream)
        }
        stream.hasResponse = true
        note(.responded, of: stream)
        if endsStream { peerEnds(stream) }
    }

    override func peerGoesAway(_ code: HTTP2ErrorCode) {
        isGoingAway = true
        peerGoAway = code
    }
}
