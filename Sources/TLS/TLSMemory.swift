import COpenSSL

/// Where OpenSSL's memory comes from: from malloc, but threads that serve keep what it gives back until it asks again.
///
/// A connection that waits holds none of what is kept. Through malloc, record buffers alone took a thirtieth of a
/// request over HTTP/1.1.
package enum TLSMemory {
    /// Has OpenSSL ask threads that keep memory for it. Call once, first thing: without effect, and false, when OpenSSL
    /// has begun to work.
    @discardableResult
    package static func prepare() -> Bool { openssl_use_pieces() == 1 }

    /// Has the calling thread keep memory: a few MiB for as long as the process lives.
    package static func keepOnThisThread() { openssl_keep_pieces() }
}
