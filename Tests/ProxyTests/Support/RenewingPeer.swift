import COpenSSL
import EventLoop
import Foundation

/// One end of a connection of HTTP/1.1 over TLS 1.3 that can ask for new keys in between (RFC 8446, section 4.6.3), which is
/// a record without a byte for the application. Works on threads of its own: OpenSSL waits here, and no loop or pool does.
@safe final class RenewingPeer: @unchecked Sendable {
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let descriptor: Int32

    /// A client of a port of this machine.
    static func connect(_ port: UInt16) async throws -> RenewingPeer {
        try await onThread {
            let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
            let code = unsafe withUnsafePointer(to: &address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    unsafe Foundation.connect(raw, address, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard code == 0 else { throw WireError.noAddress }
            return try unsafe RenewingPeer(raw, SSL_CTX_new(TLS_client_method())) { unsafe SSL_connect($0) }
        }
    }

    /// An application that shows this certificate of the test's to whoever has waited longest.
    static func accept(on listener: BareListener, certificate name: String) async throws -> RenewingPeer {
        let (certificate, key) = (
            TestCertificates.shared.path(name + ".pem"), TestCertificates.shared.path(name + ".key")
        )
        return try await onThread {
            let context = unsafe SSL_CTX_new(TLS_server_method())
            guard unsafe SSL_CTX_use_certificate_chain_file(context, certificate) == 1,
                unsafe SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1
            else { throw WireError.noAddress }
            return try unsafe RenewingPeer(listener.acceptFirst(), context) { unsafe SSL_accept($0) }
        }
    }

    private init(
        _ descriptor: Int32, _ context: OpaquePointer?, _ shakeHands: (OpaquePointer) -> Int32
    ) throws {
        // To write where nobody listens any more is an error, and no reason to end the tests.
        signal(SIGPIPE, SIG_IGN)
        self.descriptor = descriptor
        guard let context = unsafe context, let ssl = unsafe SSL_new(context) else { throw WireError.noAddress }
        unsafe (self.context, self.ssl) = (context, ssl)
        guard unsafe SSL_set_fd(ssl, descriptor) == 1, unsafe shakeHands(ssl) == 1 else { throw WireError.closed }
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

    /// Asks, and answers with what comes back.
    func ask(_ request: String) async throws -> Message {
        try await write(request)
        return try await hear()
    }

    func write(_ text: String) async throws {
        try await Self.onThread { [self] in
            let bytes = Array(text.utf8)
            guard unsafe SSL_write(ssl, bytes, Int32(bytes.count)) == bytes.count else { throw WireError.closed }
        }
    }

    /// What comes, up to the end of a body that is as long as its head says.
    func hear() async throws -> Message {
        try await Self.onThread { [self] in
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
