internal import CNGHTTP2

/// What a peer has done so far, as far as rules need it that nghttp2 does not keep.
struct PeerConduct {
    /// The last stream that the client has opened, whether anybody heard of it or not.
    private(set) var lastOpened: Int32 = 0
    /// The numbers that it has passed over, and can never use again. Clients that mean well pass over none.
    private var passedOver: [ClosedRange<Int32>] = []
    /// The widest window of a stream, and the one that streams begin with, before the SETTINGS that are being read.
    var widestWindow: Int64 = 0
    var initialWindow: Int64 = 0

    /// How many gaps are remembered. What is used of a gap before them is passed over.
    private static let gapsMax = 8

    /// Takes note of a HEADERS frame; false when it opens a stream with a number that was passed over.
    mutating func mayUse(_ stream: Int32) -> Bool {
        guard stream > lastOpened else { return passedOver.isEmpty || !passedOver.contains { $0.contains(stream) } }
        if stream - lastOpened > 2 {
            if passedOver.count == Self.gapsMax { passedOver.removeFirst() }
            passedOver.append(lastOpened + 1...stream - 1)
        }
        lastOpened = stream
        return true
    }
}

/// Where RFC 9113 has the connection end and nghttp2 goes on.
extension HTTP2Session {
    /// What a frame's head alone breaks.
    final func violation(at head: nghttp2_frame_hd) -> HTTP2ErrorCode? {
        switch head.type {
        case nghttp2_frame_headers:
            // Section 5.1.1. Whatever else comes late may have been on its way when the stream was closed.
            if isServer, !conduct.mayUse(head.stream_id) { return .protocolError }
        case nghttp2_frame_priority:
            // Section 6.3. What else it says is not looked at.
            if head.stream_id == 0 { return .protocolError }
        case nghttp2_frame_settings where head.flags & nghttp2_ack == 0:
            conduct.initialWindow = Int64(
                unsafe nghttp2_session_get_remote_settings(raw, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE))
            conduct.widestWindow = openStreams.reduce(0) { widest, stream in
                max(widest, Int64(unsafe nghttp2_session_get_stream_remote_window_size(raw, stream.id)))
            }
        default: break
        }
        return nil
    }

    /// What SETTINGS break: no window of a stream may grow beyond 2^31-1 by them (section 6.9.2).
    final func violation(by settings: nghttp2_settings) -> HTTP2ErrorCode? {
        let count = unsafe settings.niv
        for index in 0..<count {
            let entry = unsafe settings.iv[index]
            guard entry.settings_id == Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue) else { continue }
            let widest = conduct.widestWindow + Int64(entry.value) - conduct.initialWindow
            if widest > Int64(Int32.max) { return .flowControlError }
        }
        return nil
    }
}
