internal import CNGHTTP2
import HTTPMessage

/// What all sessions are made with: the functions that nghttp2 calls, and its options. Made once.
///
/// The functions only note what happened; whoever called nghttp2 acts on it when it has returned.
///
/// Sendable by hand: nghttp2 copies from both when it makes a session, and never changes them.
@safe final class SessionSetup: @unchecked Sendable {
    static let shared = SessionSetup()

    let callbacks: OpaquePointer
    let options: OpaquePointer

    private init() {
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0, let callbacks = unsafe callbacks,
            unsafe nghttp2_option_new(&options) == 0, let options = unsafe options
        else { preconditionFailure("nghttp2 has no memory for its callbacks") }
        unsafe self.callbacks = callbacks
        unsafe self.options = options
        // Windows are opened by those who take what came.
        unsafe nghttp2_option_set_no_auto_window_update(options, 1)
        unsafe nghttp2_option_set_no_closed_streams(options, 1)
        unsafe nghttp2_option_set_max_outbound_ack(options, PeerBudget.waitingAnswers)
        unsafe nghttp2_option_set_max_settings(options, PeerBudget.settings)
        unsafe nghttp2_option_set_max_continuations(options, PeerBudget.continuations)
        // Ours is counted with what else leads to resets; this one stays as a second line.
        unsafe nghttp2_option_set_stream_reset_rate_limit(options, 2000, 100)
        unsafe nghttp2_option_set_builtin_recv_extension_type(options, nghttp2_frame_priority_update)
        // What nobody knows is passed over, but counted, for which nghttp2 must be told that we know it.
        for type in nghttp2_frame_continuation + 1...UInt8.max where type != nghttp2_frame_priority_update {
            unsafe nghttp2_option_set_user_recv_extension_type(options, type)
        }
        setReceiving()
        setSending()
    }

    private func setReceiving() {
        unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, head, data in
            unsafe SessionSetup.ask(data) { unsafe $0.frameBegins(head) }
        }
        unsafe nghttp2_session_callbacks_set_on_extension_chunk_recv_callback(callbacks) { _, _, _, _, _ in
            nghttp2_cancel
        }
        unsafe nghttp2_session_callbacks_set_unpack_extension_callback(callbacks) { _, _, _, _ in nghttp2_cancel }
        unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, data in
            unsafe SessionSetup.ask(data) { unsafe $0.headersBegin(frame) }
        }
        unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, _, name, nameCount, value, valueCount, _, data in
            unsafe SessionSetup.ask(data) {
                unsafe $0.field(
                    UnsafeBufferPointer(start: name, count: nameCount),
                    UnsafeBufferPointer(start: value, count: valueCount))
            }
        }
        // Without this one nghttp2 would leave malformed fields out and go on.
        unsafe nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks) { _, _, _, _, _, _, _, _ in
            nghttp2_stream_failed
        }
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, bytes, count, data in
            unsafe SessionSetup.ask(data) {
                unsafe $0.dataComes(id, UnsafeBufferPointer(start: bytes, count: count))
            }
        }
        unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, data in
            unsafe SessionSetup.ask(data) { unsafe $0.frameEnds(frame) }
        }
        unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) { _, _, _, data in
            unsafe SessionSetup.ask(data) {
                $0.headIsOver()
                return 0
            }
        }
        unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, data in
            unsafe SessionSetup.ask(data) { $0.streamClosed(id, HTTP2ErrorCode(rawValue: code)) }
        }
    }

    private func setSending() {
        unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, data in
            unsafe SessionSetup.ask(data) { unsafe $0.frameWasMade(frame) }
        }
        unsafe nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, frame, head, count, source, data in
            unsafe SessionSetup.ask(data) { unsafe $0.sendData(frame, head, count, source) }
        }
    }

    /// Asks the session that nghttp2 calls for. Whoever called nghttp2 holds it, so nobody counts references here: that
    /// was a fifth of what a request's heads took.
    @inline(__always)
    private static func ask<Answer>(_ data: UnsafeMutableRawPointer?, _ body: (HTTP2Session) -> Answer) -> Answer {
        guard let data = unsafe data else { preconditionFailure("a session is its own user data") }
        return unsafe Unmanaged<HTTP2Session>.fromOpaque(data)._withUnsafeGuaranteedRef(body)
    }

    /// Where the body of a message comes from: its stream's `outgoing`, without copying it into nghttp2's buffer.
    static let readBody: nghttp2_data_source_read_callback = { session, id, _, room, flags, source, data in
        guard let pointer = unsafe source?.pointee.ptr else { return Int(nghttp2_callback_failed) }
        return unsafe SessionSetup.ask(data) { session in
            unsafe Unmanaged<HTTP2Stream>.fromOpaque(pointer)._withUnsafeGuaranteedRef { stream in
                unsafe session.bodyIsWanted(stream, room, flags)
            }
        }
    }
}
