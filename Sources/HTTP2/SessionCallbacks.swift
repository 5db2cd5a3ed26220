internal import CNGHTTP2
import HTTPMessage

/// What nghttp2 tells while it reads and writes. Nothing here calls it back but to queue a frame, which it allows.
extension HTTP2Session {
    // MARK: Frames in

    final func frameBegins(_ head: UnsafePointer<nghttp2_frame_hd>?) -> Int32 {
        guard let head = unsafe head?.pointee else { return 0 }
        guard !exceedsByResets(head) else { return giveUp(.enhanceYourCalm) }
        guard !isUnfruitful(head) || unfruitful.take(now: now) else { return giveUp(.enhanceYourCalm) }
        if let code = violation(at: head) { return giveUp(code) }
        return 0
    }

    /// Whether a frame opens one stream more than may be open while frames of ours wait to be made, such as those that
    /// reset streams for what the peer did there (MadeYouReset, CVE-2025-8671): it floods us so fast that we cannot keep
    /// up. For nghttp2 it would be just a stream too many, and a PROTOCOL_ERROR.
    private func exceedsByResets(_ head: nghttp2_frame_hd) -> Bool {
        guard openCount + turnedAwayCount >= Int(limits.streamsMax), isServer, head.type == nghttp2_frame_headers,
            head.stream_id > lastPeerStream, settingsAreAcknowledged
        else { return false }
        return unsafe nghttp2_session_get_outbound_queue_size(raw) > 0
    }

    /// Whether a frame brings nothing that anybody asked for.
    private func isUnfruitful(_ head: nghttp2_frame_hd) -> Bool {
        switch head.type {
        case nghttp2_frame_headers: false
        case nghttp2_frame_data: head.length == 0 && head.flags & nghttp2_end_stream == 0
        // Counted as resets.
        case nghttp2_frame_rst_stream: false
        default: true
        }
    }

    /// Has nghttp2 stop in the middle of what it reads.
    final func giveUp(_ code: HTTP2ErrorCode) -> Int32 {
        reason = code
        return nghttp2_callback_failed
    }

    final func headersBegin(_ frame: UnsafePointer<nghttp2_frame>?) -> Int32 {
        guard let frame = unsafe frame else { return 0 }
        let isFirst = unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
        let stream = unsafe headBegins(frame.pointee.hd.stream_id, isFirst: isFirst)
        readingStream = unsafe stream.map { unsafe Unmanaged.passUnretained($0) }
        if reason != nil { return nghttp2_callback_failed }
        headBegan = now
        let reader = unsafe Unmanaged.passUnretained(workspace.reading)
        unsafe self.reader = reader
        if let stream {
            unsafe reader._withUnsafeGuaranteedRef { unsafe $0.begin(into: fieldsBeingRead(stream), limits.head) }
        }
        return 0
    }

    /// Nothing more of the head that is being read will be of use.
    final func headIsOver() {
        reader = nil
        if let reading = heldReading.take() { workspace.giveBack(reading) }
        readingStream = nil
        headBegan = nil
    }

    final func field(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Int32 {
        guard unsafe readingStream != nil, let reader else { return 0 }
        let verdict = unsafe reader._withUnsafeGuaranteedRef { reading in
            unsafe reading.take(Span(_unsafeElements: name), Span(_unsafeElements: value))
        }
        switch verdict {
        case .taken: return 0
        case .beyondBearing: return giveUp(.enhanceYourCalm)
        }
    }

    final func dataComes(_ id: Int32, _ bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
        guard let stream = stream(id), !stream.isReleased, !stream.isMalformed, !stream.isClosed else {
            // Nobody will take it, so it counts as taken.
            _ = unsafe nghttp2_session_consume(raw, id, bytes.count)
            return 0
        }
        stream.received.append(unsafe Span(_unsafeElements: bytes))
        note(.readable, of: stream)
        return 0
    }

    /// The stream of this number; nil when there is none any more.
    final func stream(_ id: Int32) -> HTTP2Stream? { unsafe uncounted(id)?.takeUnretainedValue() }

    /// The same, for as long as nothing closes it.
    private func uncounted(_ id: Int32) -> Unmanaged<HTTP2Stream>? {
        if let present, unsafe present._withUnsafeGuaranteedRef({ $0.id }) == id { return unsafe present }
        guard let pointer = unsafe nghttp2_session_get_stream_user_data(raw, id) else { return nil }
        unsafe present = Unmanaged<HTTP2Stream>.fromOpaque(pointer)
        return present
    }

    final func frameEnds(_ frame: UnsafePointer<nghttp2_frame>?) -> Int32 {
        guard let frame = unsafe frame else { return 0 }
        let head = unsafe frame.pointee.hd
        let endsStream = head.flags & nghttp2_end_stream != 0
        switch head.type {
        case nghttp2_frame_headers:
            if let reader, let stream = readingStream {
                unsafe stream._withUnsafeGuaranteedRef { stream in
                    unsafe reader._withUnsafeGuaranteedRef { headEnds(stream, $0, endsStream: endsStream) }
                }
            }
            headIsOver()
            return reason == nil ? 0 : nghttp2_callback_failed
        case nghttp2_frame_data:
            if endsStream {
                unsafe uncounted(head.stream_id)?._withUnsafeGuaranteedRef { peerEnds($0) }
            } else if head.length > 0, unsafe frame.pointee.data.padlen == head.length, !unfruitful.take(now: now) {
                return giveUp(.enhanceYourCalm)
            }
        case nghttp2_frame_rst_stream:
            return resets.take(now: now) ? 0 : giveUp(.enhanceYourCalm)
        case nghttp2_frame_settings:
            guard head.flags & nghttp2_ack == 0 else {
                settingsAreAcknowledged = true
                return 0
            }
            hasGreeted = true
            if let code = unsafe violation(by: frame.pointee.settings) { return giveUp(code) }
        case nghttp2_frame_ping:
            if head.flags & nghttp2_ack != 0 { pingsAnswered &+= 1 }
        case nghttp2_frame_goaway:
            peerGoesAway(HTTP2ErrorCode(rawValue: unsafe frame.pointee.goaway.error_code))
        default:
            break
        }
        return 0
    }

    /// The peer has ended its message.
    final func peerEnds(_ stream: HTTP2Stream) {
        stream.peerHasEnded = true
        note(.readable, of: stream)
    }

    final func streamClosed(_ id: Int32, _ code: HTTP2ErrorCode) -> Int32 {
        if let pointer = unsafe nghttp2_session_get_stream_user_data(raw, id) {
            unsafe Unmanaged<HTTP2Stream>.fromOpaque(pointer)._withUnsafeGuaranteedRef { closed($0, code) }
        } else if turnedAwayCount > 0 {
            turnedAwayCount -= 1
        }
        return 0
    }

    // MARK: Frames out

    /// Tells nghttp2 how much of a body the next frame may have.
    final func bodyIsWanted(
        _ stream: HTTP2Stream, _ room: Int, _ flags: UnsafeMutablePointer<UInt32>?
    ) -> Int {
        let count = min(stream.outgoing.count, room)
        if count == 0, !stream.weHaveEnded {
            stream.isDeferred = true
            return Int(nghttp2_deferred)
        }
        var answer = nghttp2_data_no_copy
        if stream.weHaveEnded, count == stream.outgoing.count {
            answer |= nghttp2_data_eof
            if let trailers = stream.outgoingTrailers.take() {
                answer |= nghttp2_data_without_end
                let (list, count) = unsafe trailers.nameValues(copying: true)
                if unsafe nghttp2_submit_trailer(raw, stream.id, list, count) != 0 { return Int(nghttp2_stream_failed) }
            }
        }
        unsafe flags?.pointee = answer
        return count
    }

    /// Writes a DATA frame, its head and as much of the body as nghttp2 was told of.
    final func sendData(
        _ frame: UnsafeMutablePointer<nghttp2_frame>?, _ head: UnsafePointer<UInt8>?, _ count: Int,
        _ source: UnsafeMutablePointer<nghttp2_data_source>?
    ) -> Int32 {
        guard !isCongested else { return nghttp2_would_block }
        guard let head = unsafe head, let pointer = unsafe source?.pointee.ptr else { return nghttp2_callback_failed }
        return unsafe Unmanaged<HTTP2Stream>.fromOpaque(pointer)._withUnsafeGuaranteedRef { stream in
            guard count <= stream.outgoing.count else { return nghttp2_stream_failed }
            emit(unsafe Span(_unsafeStart: head, count: Self.frameHeadBytes))
            emit(front: count, of: &stream.outgoing)
            stream.movedAt = now
            unfruitful.earn(PeerBudget.framesEarned)
            if stream.wantsRoom, stream.outgoing.count <= HTTP2Stream.outgoingBytesMax / 2 {
                stream.wantsRoom = false
                note(.writable, of: stream)
            }
            return 0
        }
    }

    private static let frameHeadBytes = 9

    final func frameWasMade(_ frame: UnsafePointer<nghttp2_frame>?) -> Int32 {
        guard let frame = unsafe frame else { return 0 }
        let head = unsafe frame.pointee.hd
        switch head.type {
        case nghttp2_frame_headers:
            unsafe uncounted(head.stream_id)?._withUnsafeGuaranteedRef { stream in
                stream.headIsFramed = true
                if head.flags & nghttp2_end_stream != 0 { ourEndIsFramed(stream) }
            }
        case nghttp2_frame_data where head.flags & nghttp2_end_stream != 0:
            unsafe uncounted(head.stream_id)?._withUnsafeGuaranteedRef { ourEndIsFramed($0) }
        case nghttp2_frame_rst_stream:
            countReset(HTTP2ErrorCode(rawValue: unsafe frame.pointee.rst_stream.error_code))
        case nghttp2_frame_goaway:
            let code = HTTP2ErrorCode(rawValue: unsafe frame.pointee.goaway.error_code)
            if failure == nil, code != .noError { failure = code }
        default:
            break
        }
        return 0
    }

    private func ourEndIsFramed(_ stream: HTTP2Stream) {
        stream.endIsFramed = true
        if isServer, !stream.peerHasEnded, !stream.mayOutlastUs { early.append(stream.id) }
    }

    /// Counts a stream that we reset for what the peer did on it (MadeYouReset, CVE-2025-8671). What we end of our own
    /// accord is not the peer's fault.
    private func countReset(_ code: HTTP2ErrorCode) {
        switch code {
        case .noError, .cancel, .internalError, .enhanceYourCalm: return
        default: if !resets.take(now: now) { reason = .enhanceYourCalm }
        }
    }
}
