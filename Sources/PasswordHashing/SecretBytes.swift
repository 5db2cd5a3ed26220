import Glibc

/// A password's bytes in memory of their own, overwritten before that memory is given back.
///
/// The `String` that it was made from is beyond reach: the standard library may have copied it. This keeps the copies
/// that wait in the queue, perhaps for seconds, from staying behind in the heap.
///
/// Sendable, because nobody writes between `init` and `deinit`.
@safe final class SecretBytes: @unchecked Sendable {
    private let storage: UnsafeMutableBufferPointer<UInt8>

    init(_ text: String) {
        unsafe storage = UnsafeMutableBufferPointer.allocate(capacity: text.utf8.count)
        _ = unsafe storage.initialize(from: text.utf8)
    }

    deinit {
        if let start = unsafe storage.baseAddress { unsafe explicit_bzero(start, storage.count) }
        unsafe storage.deallocate()
    }

    /// Lends the bytes for the time of `body`.
    func withBytes<Result>(_ body: (UnsafeMutableBufferPointer<UInt8>) -> Result) -> Result {
        unsafe body(storage)
    }
}
