internal import CNGHTTP2
internal import CPieces

/// Memory for the nghttp2 sessions of one loop: what they give back is kept, and given out again (`pieces.h`).
///
/// nghttp2 asks for memory several times with every stream. malloc keeps seven pieces of a size at hand, of the hundreds
/// that are in use at once, and takes longer for all others.
@safe final class SessionMemory {
    /// How many bytes of unused memory are kept: enough for a thousand streams.
    static let keptBytesMax = 2 * 1024 * 1024

    let pieces: UnsafeMutablePointer<pieces>

    init() {
        unsafe pieces = .allocate(capacity: 1)
        unsafe pieces.initialize(to: .init())
        // A fuzzer is to find out who uses what was given back.
        #if !FUZZING
            unsafe pieces.pointee.bytes_max = Self.keptBytesMax
        #endif
    }

    deinit {
        unsafe pieces_release(pieces)
        unsafe pieces.deallocate()
    }

    /// What nghttp2 calls. The sessions hold the workspace, and so this.
    var functions: nghttp2_mem { unsafe nghttp2_piece_functions(pieces) }

    /// How many bytes are kept.
    var keptBytes: Int { unsafe pieces.pointee.bytes }
}
