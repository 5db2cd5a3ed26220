import Glibc

/// Where a socket is: an IP address and a port, or the path of a Unix socket.
package struct SocketAddress: Sendable, Hashable {
    private enum Place: Hashable {
        /// Four bytes, the first one most significant.
        case ipv4(UInt32, port: UInt16)
        /// Sixteen bytes, the first one most significant, and the interface of a link-local address.
        case ipv6(UInt64, UInt64, scope: UInt32, port: UInt16)
        case unix(String)
    }

    private let place: Place

    private init(_ place: Place) { self.place = place }

    /// Reads `127.0.0.1:80`, `[::1]:80` or `unix:/run/application.sock`. Names are not resolved; nil for all else.
    package init?(_ text: some StringProtocol) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), path.utf8.count <= SocketAddress.pathBytesMax, !path.utf8.contains(0) else {
                return nil
            }
            self.init(.unix(path))
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let port = UInt16(digits) else {
            return nil
        }
        var host = text[..<colon]
        let bracketed = host.hasPrefix("[") && host.hasSuffix("]") && host.count > 2
        if bracketed { host = host.dropFirst().dropLast() }
        self.init(host: String(host), port: port)
        guard bracketed == host.contains(":") else { return nil }
    }

    /// An IP address in its text form, without brackets, and a port; nil for what is not an IP address.
    package init?(host: String, port: UInt16) {
        var four = in_addr()
        var six = in6_addr()
        if unsafe inet_pton(AF_INET, host, &four) == 1 {
            self.init(.ipv4(UInt32(bigEndian: four.s_addr), port: port))
        } else if unsafe inet_pton(AF_INET6, host, &six) == 1 {
            self.init(six, scope: 0, port: port)
        } else {
            return nil
        }
    }

    /// What a call that fills in an address answered; nil when it failed or told another family.
    init?(fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Bool) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let filled = unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe fill($0, &length) }
        }
        guard filled else { return nil }
        let place: SocketAddress? = unsafe withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let address = unsafe bytes.loadUnaligned(as: sockaddr_in.self)
                return SocketAddress(
                    .ipv4(UInt32(bigEndian: address.sin_addr.s_addr), port: UInt16(bigEndian: address.sin_port)))
            case AF_INET6:
                let address = unsafe bytes.loadUnaligned(as: sockaddr_in6.self)
                return SocketAddress(
                    address.sin6_addr, scope: address.sin6_scope_id, port: UInt16(bigEndian: address.sin6_port))
            case AF_UNIX:
                // A client's Unix socket has no name, and then the length ends before the path.
                let offset = MemoryLayout<sa_family_t>.size
                let path = unsafe bytes[min(offset, Int(length))..<min(Int(length), bytes.count)].prefix { $0 != 0 }
                return SocketAddress(.unix(unsafe String(decoding: path, as: UTF8.self)))
            default: return nil
            }
        }
        guard let place else { return nil }
        self = place
    }

    /// An IPv6 address; one that stands for an IPv4 address (`::ffff:1.2.3.4`) becomes that, so each has one form.
    private init(_ address: in6_addr, scope: UInt32, port: UInt16) {
        var address = address
        let (high, low) = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        self.init(high, low, scope: scope, port: port)
    }

    private init(_ high: UInt64, _ low: UInt64, scope: UInt32, port: UInt16) {
        if high == 0, low >> 32 == 0xFFFF {
            self.init(.ipv4(UInt32(truncatingIfNeeded: low), port: port))
        } else {
            self.init(.ipv6(high, low, scope: scope, port: port))
        }
    }

    /// An IP address of 4 or 16 bytes, the first one most significant; nil for any other number of them.
    package init?(ipBytes bytes: Span<UInt8>, port: UInt16) {
        var words: (UInt64, UInt64) = (0, 0)
        for index in bytes.indices { words = (words.0 << 8 | words.1 >> 56, words.1 << 8 | UInt64(bytes[index])) }
        switch bytes.count {
        case 4: self.init(.ipv4(UInt32(truncatingIfNeeded: words.1), port: port))
        case 16: self.init(words.0, words.1, scope: 0, port: port)
        default: return nil
        }
    }

    /// Whether this is a path on this machine, and not an IP address.
    package var isUnix: Bool { if case .unix = place { true } else { false } }

    /// The port; nil for a Unix socket.
    package var port: UInt16? {
        switch place {
        case .ipv4(_, let port), .ipv6(_, _, _, let port): port
        case .unix: nil
        }
    }

    /// The IP address: 4 or 16 bytes, the first one most significant; none for a Unix socket.
    package var ipBytes: [UInt8] {
        switch place {
        case .ipv4(let word, _): (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) }
        case .ipv6(let high, let low, _, _):
            [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
        case .unix: []
        }
    }

    /// The address without its port and without brackets, as `X-Forwarded-For` has it; `unix` for a Unix socket.
    package var hostText: String {
        switch place {
        case .ipv4(let word, _): SocketAddress.text(of: word)
        case .ipv6(let high, let low, _, _): SocketAddress.text(of: high, low)
        case .unix: "unix"
        }
    }

    /// The text of an IPv4 address, digit by digit: every connection needs it.
    private static func text(of word: UInt32) -> String {
        unsafe String(unsafeUninitializedCapacity: Int(INET_ADDRSTRLEN)) { text in
            var count = 0
            func append(_ byte: UInt8) {
                unsafe text[count] = byte
                count += 1
            }
            for shift: UInt32 in [24, 16, 8, 0] {
                let value = UInt8(truncatingIfNeeded: word >> shift)
                if value >= 100 { append(UInt8(ascii: "0") + value / 100) }
                if value >= 10 { append(UInt8(ascii: "0") + value / 10 % 10) }
                append(UInt8(ascii: "0") + value % 10)
                if shift > 0 { append(UInt8(ascii: ".")) }
            }
            return count
        }
    }

    /// The canonical text of an IPv6 address (RFC 5952), which is the system's.
    private static func text(of high: UInt64, _ low: UInt64) -> String {
        var words = (high.bigEndian, low.bigEndian)
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(AF_INET6, &words, &buffer, socklen_t(buffer.count)) != nil else { return "::" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The length of `sockaddr_un.sun_path`, less its final zero.
    private static let pathBytesMax = 107

    /// The path of a Unix socket.
    var path: String? { if case .unix(let path) = place { path } else { nil } }

    /// The address family (AF_INET, AF_INET6, AF_UNIX).
    var family: Int32 {
        switch place {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// Lends the address in the kernel's form.
    func withSystemAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var storage = sockaddr_storage()
        let length: Int = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            switch place {
            case .ipv4(let word, let port):
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                address.sin_addr.s_addr = word.bigEndian
                unsafe bytes.storeBytes(of: address, as: sockaddr_in.self)
                return MemoryLayout<sockaddr_in>.size
            case .ipv6(let high, let low, let scope, let port):
                var address = sockaddr_in6()
                address.sin6_family = sa_family_t(AF_INET6)
                address.sin6_port = port.bigEndian
                address.sin6_scope_id = scope
                unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { field in
                    unsafe field.storeBytes(of: high.bigEndian, as: UInt64.self)
                    unsafe field.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
                }
                unsafe bytes.storeBytes(of: address, as: sockaddr_in6.self)
                return MemoryLayout<sockaddr_in6>.size
            case .unix(let path):
                unsafe bytes.storeBytes(of: sa_family_t(AF_UNIX), as: sa_family_t.self)
                let offset = MemoryLayout<sa_family_t>.size
                let text = path.utf8.prefix(SocketAddress.pathBytesMax)
                for (index, byte) in text.enumerated() { unsafe bytes[offset + index] = byte }
                return offset + text.count + 1
            }
        }
        return unsafe withUnsafePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(length)) }
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// The address as `init(_:)` reads it.
    package var description: String {
        switch place {
        case .ipv4(_, let port): "\(hostText):\(port)"
        case .ipv6(_, _, _, let port): "[\(hostText)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
