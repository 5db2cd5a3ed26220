import COpenSSL
import EventLoop

/// How OpenSSL reads and writes: a BIO of ours over a `TLSConnection`'s socket.
///
/// Reading takes what the kernel has straight into OpenSSL's buffer, one recv(2) for as many records as fit. Writing
/// only gathers: everything that one call produces goes out with one send(2) after it.
enum SocketBIO {
    /// The table of functions, made once.
    @safe private final class Method: @unchecked Sendable {
        let pointer: OpaquePointer

        init() {
            guard let pointer = unsafe BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gatehouse socket")
            else { preconditionFailure("OpenSSL has room for 100 kinds of BIO") }
            unsafe BIO_meth_set_create(pointer) { bio in
                unsafe BIO_set_init(bio, 1)
                return 1
            }
            unsafe BIO_meth_set_read(pointer) { bio, bytes, count in
                guard let data = unsafe BIO_get_data(bio), let bytes = unsafe bytes else { return -1 }
                unsafe openssl_bio_clear_retry(bio)
                let room = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))
                // The connection is in the midst of a call: no reference has to be counted.
                let connection = unsafe Unmanaged<TLSConnection>.fromOpaque(data)
                switch unsafe connection._withUnsafeGuaranteedRef({ unsafe $0.receive(into: room) }) {
                case .bytes(let received): return Int32(truncatingIfNeeded: received)
                case .endOfStream: return 0
                case .wouldBlock:
                    unsafe openssl_bio_set_retry_read(bio)
                    return -1
                case nil: return -1
                }
            }
            unsafe BIO_meth_set_write(pointer) { bio, bytes, count in
                guard let data = unsafe BIO_get_data(bio), let bytes = unsafe bytes else { return -1 }
                unsafe openssl_bio_clear_retry(bio)
                let gathering = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(count))
                let connection = unsafe Unmanaged<TLSConnection>.fromOpaque(data)
                return unsafe connection._withUnsafeGuaranteedRef { unsafe $0.gather(gathering) } ? count : -1
            }
            unsafe BIO_meth_set_ctrl(pointer) { bio, command, _, _ in
                switch command {
                case BIO_CTRL_FLUSH: 1
                case BIO_CTRL_EOF: unsafe SocketBIO.connection(bio)?.sawEndOfStream == true ? 1 : 0
                default: 0
                }
            }
            unsafe self.pointer = pointer
        }
    }

    private static let method = Method()

    private static func connection(_ bio: OpaquePointer?) -> TLSConnection? {
        guard let data = unsafe BIO_get_data(bio) else { return nil }
        return unsafe Unmanaged<TLSConnection>.fromOpaque(data).takeUnretainedValue()
    }

    /// Lets `ssl` read and write through `connection`, which owns it and outlives it.
    static func install(_ connection: TLSConnection, in ssl: OpaquePointer) {
        guard let bio = unsafe BIO_new(method.pointer) else { preconditionFailure("out of memory") }
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(connection).toOpaque())
        // One BIO for both directions takes one count.
        unsafe SSL_set_bio(ssl, bio, bio)
    }

    /// The connection that `ssl` belongs to.
    static func connection(of ssl: OpaquePointer) -> TLSConnection? {
        // During a handshake OpenSSL puts a buffer before the writing BIO, so the reading one is asked.
        unsafe connection(SSL_get_rbio(ssl))
    }
}
