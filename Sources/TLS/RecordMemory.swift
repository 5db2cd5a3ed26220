import COpenSSL

/// The memory of OpenSSL's record buffers, 16 KiB each: taken for every read and every write, and given back after it, so
/// that a connection that waits holds none.
///
/// Through malloc that was a thirtieth of a request over HTTP/1.1. Threads that serve keep a few at hand instead.
package enum RecordMemory {
    /// Has OpenSSL ask threads that keep buffers for them. Call once, first thing: without effect, and false, when OpenSSL
    /// has begun to work.
    @discardableResult
    package static func prepare() -> Bool { openssl_use_blocks() == 1 }

    /// Has the calling thread keep buffers: a few for as long as the process lives.
    package static func keepOnThisThread() { openssl_keep_blocks() }
}
