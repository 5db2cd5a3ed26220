import COpenSSL
import EventLoop
import Foundation

/// A client of HTTP/1.1 over TLS 1.3 that can ask for new keys in between (RFC 8446, section 4.6.3), which is a record
/// without a byte for the application. Works on threads of its own: OpenSSL waits here, and no loop or pool does.
@safe final class RenewingClient: @unchecked Sendable {
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let descriptor: Int32

    static func connect(_ port: UInt16) async throws -> RenewingClient {
        try await onThread { try RenewingClient(port) }
    }

    private init(_ port: UInt16) throws {
        // To write where nobody listens any more is an error, and no reason to end the tests.
        signal(SIGPIPE, SIG_IGN)
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let descriptor = self.descriptor
        let code = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe Foundation.connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0, let context = unsafe SSL_CTX_new(TLS_client_method()), let ssl = unsafe SSL_new(context)
        else { throw WireError.noAddress }
        unsafe (self.context, self.ssl) = (context, ssl)
        guard unsafe SSL_set_fd(ssl, descriptor) == 1, unsafe SSL_connect(ssl) == 1 else { throw WireError.closed }
        guard unsafe SSL_version(ssl) == TLS1_3_VERSION else { throw WireError.closed }
    }

    deinit {
        unsafe SSL_free(ssl)
        unsafe SSL_CTX_free(context)
        _ = close(descriptor)
    }

    private static func onThread<Answer: Sendable>(
        _ body: @escaping @Sendable () throws -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result(catching: body)) }.start()
        }
    }

    /// Asks, and answers with what comes up to the end of a body that is as long as its head says.
    func ask(_ request: String) async throws -> Message {
        try await Self.onThread { [self] in
            let bytes = Array(request.utf8)
            guard unsafe SSL_write(ssl, bytes, Int32(bytes.count)) == bytes.count else { throw WireError.closed }
            var text = ""
            while true {
                guard let piece = read() else { throw WireError.cut(text) }
                text += String(decoding: piece, as: UTF8.self)
                guard let end = text.range(of: "\r\n\r\n") else { continue }
                var message = Message(head: String(text[..<end.lowerBound]))
                message.body = Array(text[end.upperBound...].utf8)
                if message.body.count >= message["Content-Length"].flatMap({ Int($0) }) ?? 0 { return message }
            }
        }
    }

    /// Encrypts with new keys from now on, and says so, as often as that.
    ///
    /// - Parameter asksBack: whether the other side is to do the same.
    func renewKeys(_ times: Int = 1, asksBack: Bool) async throws {
        try await Self.onThread { [self] in
            let kind = asksBack ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED
            for _ in 0..<times {
                guard unsafe SSL_key_update(ssl, kind) == 1, unsafe SSL_do_handshake(ssl) == 1 else {
                    throw WireError.closed
                }
            }
        }
    }

    /// Waits for the end of the connection; whether nothing came before it.
    func ends() async throws -> Bool { try await Self.onThread { [self] in read() == nil } }

    private func read() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe SSL_read(ssl, &bytes, Int32(bytes.count))
        return count > 0 ? Array(bytes.prefix(Int(count))) : nil
    }
}
