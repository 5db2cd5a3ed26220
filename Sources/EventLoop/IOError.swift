import Glibc

/// Why a read, a write or a wait came to nothing.
package enum IOError: Error, Hashable, Sendable {
    /// The deadline passed first.
    case timedOut
    /// The other side reset the connection, or has stopped reading from it (ECONNRESET, EPIPE).
    case closedByPeer
    /// Somebody on our side called `cancel()` or `close()`, or the loop is stopping.
    case cancelled
    /// The stream ended without the ending that its protocol prescribes (TLS: no close_notify; RFC 8446, section 6.1).
    case truncated
    /// The other side broke the rules of the protocol in between (TLS), for the reason that the library gives.
    case protocolViolation(String)
    /// A system call failed in another way.
    case system(errno: Int32, call: StaticString)

    /// What the failure `errno` of `call` means.
    package init(errno code: Int32, call: StaticString) {
        self =
            switch code {
            case ECONNRESET, EPIPE: .closedByPeer
            case ETIMEDOUT: .timedOut
            default: .system(errno: code, call: call)
            }
    }

    /// The error number of a failed system call; nil for the others.
    package var errno: Int32? {
        if case .system(let code, _) = self { code } else { nil }
    }

    package static func == (left: IOError, right: IOError) -> Bool {
        switch (left, right) {
        case (.timedOut, .timedOut), (.closedByPeer, .closedByPeer), (.cancelled, .cancelled), (.truncated, .truncated):
            true
        case (.protocolViolation(let one), .protocolViolation(let other)): one == other
        case (.system(let one, _), .system(let other, _)): one == other
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .timedOut: hasher.combine(0)
        case .closedByPeer: hasher.combine(1)
        case .cancelled: hasher.combine(2)
        case .truncated: hasher.combine(3)
        case .protocolViolation(let reason): hasher.combine(reason)
        case .system(let code, _): hasher.combine(code)
        }
    }
}

extension IOError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .timedOut: "timed out"
        case .closedByPeer: "closed by the other side"
        case .cancelled: "cancelled"
        case .truncated: "cut off by the other side"
        case .protocolViolation(let reason): "protocol violation: \(reason)"
        case .system(let code, let call): "\(call): \(IOError.text(of: code))"
        }
    }

    /// The system's words for an error number.
    package static func text(of code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
