import Foundation
import Synchronization

/// A server on a port of the loopback interface that the kernel chose, which says what a test wants: for answers that
/// no good PostgreSQL gives.
final class FakeServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let isStopped = Atomic(false)

    /// What to send at first, and what after each further message of the client.
    init(greeting: [UInt8], answer: [UInt8]) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(listener, address, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard bound else { throw CocoaError(.fileReadUnknown) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { Self.serve(client, greeting, answer) }
            }
        }
    }

    private static func serve(_ client: Int32, _ greeting: [UInt8], _ answer: [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var next = greeting
        while unsafe read(client, &buffer, buffer.count) > 0 {
            _ = unsafe send(client, next, next.count, Int32(MSG_NOSIGNAL))
            next = answer
        }
        close(client)
    }

    func stop() {
        if !isStopped.exchange(true, ordering: .relaxed) {
            shutdown(listener, Int32(SHUT_RDWR))
            close(listener)
        }
    }

    deinit { stop() }

    /// One message of the protocol: its type, its length, its content (PostgreSQL manual, section 55.7).
    static func message(_ type: Character, _ content: [UInt8], length: UInt32? = nil) -> [UInt8] {
        let length = length ?? UInt32(content.count + 4)
        let word = (0..<4).map { UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * $0)) }
        return [type.asciiValue ?? 0] + word + content
    }

    /// AuthenticationOk, BackendKeyData, ReadyForQuery.
    static let welcome =
        message("R", [0, 0, 0, 0]) + message("K", [0, 0, 0, 1, 0, 0, 0, 2]) + message("Z", [UInt8(ascii: "I")])
}
