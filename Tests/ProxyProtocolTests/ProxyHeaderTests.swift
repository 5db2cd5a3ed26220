import EventLoop
import ProxyProtocol
import Testing

/// The first twelve bytes of version 2.
private let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

private func block(_ command: UInt8, _ family: UInt8, _ body: [UInt8], length: Int? = nil) -> [UInt8] {
    let length = length ?? body.count
    return signature + [command, family, UInt8(length >> 8), UInt8(length & 255)] + body
}

private func ipv4(_ source: [UInt8] = [192, 0, 2, 1], _ destination: [UInt8] = [192, 0, 2, 9]) -> [UInt8] {
    source + destination + [0xC8, 0x22, 0x01, 0xBB]
}

private let ipv6: [UInt8] = {
    let prefix: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11)
    return prefix + [1] + prefix + [2] + [0xC8, 0x22, 0x01, 0xBB]
}()

/// What comes of bytes that are read as the parser asks for them, and how many of them it took.
private func read(_ bytes: [UInt8]) throws(ProxyHeader.Problem) -> (header: ProxyHeader?, taken: Int) {
    var taken = 0
    while true {
        switch try ProxyHeader.parse(bytes.span.extracting(..<taken)) {
        case .complete(let header): return (header, taken)
        case .needMore(let most):
            if taken == bytes.count { return (nil, taken) }
            taken = min(bytes.count, taken + most)
        }
    }
}

/// Why bytes are refused; nil when they are not.
private func problem(_ bytes: [UInt8]) -> ProxyHeader.Problem? {
    do throws(ProxyHeader.Problem) {
        _ = try read(bytes)
        return nil
    } catch {
        return error
    }
}

@Suite struct `A PROXY header` {
    struct Good: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        /// Nil: the proxy speaks for itself.
        let client: String?
        var destination = ""
    }

    @Test(arguments: [
        Good(
            testDescription: "TCP4 line", bytes: Array("PROXY TCP4 192.0.2.1 192.0.2.9 51234 443\r\n".utf8),
            client: "192.0.2.1:51234", destination: "192.0.2.9:443"),
        Good(
            testDescription: "TCP6 line", bytes: Array("PROXY TCP6 2001:DB8::1 2001:db8::2 1 65535\r\n".utf8),
            client: "[2001:db8::1]:1", destination: "[2001:db8::2]:65535"),
        Good(
            testDescription: "longest line",
            bytes: Array(
                "PROXY TCP6 \([String](repeating: "ffff", count: 8).joined(separator: ":")) \([String](repeating: "ffff", count: 8).joined(separator: ":")) 65535 65535\r\n"
                    .utf8),
            client: "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
            destination: "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"),
        Good(testDescription: "UNKNOWN", bytes: Array("PROXY UNKNOWN\r\n".utf8), client: nil),
        Good(
            testDescription: "UNKNOWN with addresses", bytes: Array("PROXY UNKNOWN 1.2.3.4 a b c d\r\n".utf8),
            client: nil),
        Good(
            testDescription: "mapped address in a line",
            bytes: Array("PROXY TCP6 ::ffff:192.0.2.1 ::1 51234 443\r\n".utf8), client: "192.0.2.1:51234",
            destination: "[::1]:443"),
        Good(
            testDescription: "TCP4 block", bytes: block(0x21, 0x11, ipv4()), client: "192.0.2.1:51234",
            destination: "192.0.2.9:443"),
        Good(
            testDescription: "TCP6 block", bytes: block(0x21, 0x21, ipv6), client: "[2001:db8::1]:51234",
            destination: "[2001:db8::2]:443"),
        Good(
            testDescription: "block with extensions",
            bytes: block(0x21, 0x11, ipv4() + [0x02, 0, 3, 65, 66, 67, 0x04, 0, 0]), client: "192.0.2.1:51234",
            destination: "192.0.2.9:443"),
        Good(testDescription: "LOCAL block", bytes: block(0x20, 0, []), client: nil),
        Good(testDescription: "LOCAL block with addresses", bytes: block(0x20, 0x11, ipv4()), client: nil),
        Good(testDescription: "UNSPEC block", bytes: block(0x21, 0, [1, 2, 3]), client: nil),
        Good(testDescription: "Unix block", bytes: block(0x21, 0x31, .init(repeating: 0, count: 216)), client: nil),
    ])
    func `is read, and nothing of what follows it`(good: Good) throws {
        let (header, taken) = try read(good.bytes + Array("GET / HTTP/1.1\r\n".utf8))
        #expect(taken == good.bytes.count)
        if let client = good.client {
            #expect(
                header
                    == .client(
                        try #require(SocketAddress(client)), destination: try #require(SocketAddress(good.destination)))
            )
        } else {
            #expect(header == .local)
        }
        for end in 0..<good.bytes.count {
            let part = try read(Array(good.bytes[..<end]))
            #expect(part.header == nil, "cut after \(end) bytes it is not complete")
        }
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let problem: ProxyHeader.Problem

        init(_ line: String, _ problem: ProxyHeader.Problem) {
            testDescription = line.debugDescription
            bytes = Array(line.utf8)
            self.problem = problem
        }

        init(_ what: String, _ bytes: [UInt8], _ problem: ProxyHeader.Problem) {
            testDescription = what
            self.bytes = bytes
            self.problem = problem
        }
    }

    @Test(arguments: [
        Bad("GET / HTTP/1.1\r\n\r\n", .notAHeader), Bad("PROXYTCP4 1.2.3.4 1.2.3.4 1 1\r\n", .notAHeader),
        Bad("proxy TCP4 1.2.3.4 1.2.3.4 1 1\r\n", .notAHeader),
        Bad("TLS", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, 7], .notAHeader),
        Bad("a spoilt signature", [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 11, 0x21, 0x11, 0, 12], .notAHeader),
        Bad("PROXY  TCP4 1.2.3.4 1.2.3.4 1 1\r\n", .malformedLine),
        Bad("PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n", .malformedLine),
        Bad("PROXY TCP4 1.2.3.4 1.2.3.4 1 1 \r\n", .malformedLine),
        Bad("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", .malformedLine),
        Bad("PROXY TCP4 1.2.3.4 1.2.3.4 1 1\n", .malformedLine),
        Bad("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", .malformedLine),
        Bad("PROXY TCP4 1.2.3.4 1.2.3.4 1 -1\r\n", .malformedLine),
        Bad("PROXY TCP4 1.2.3.4 1.2.3.4 1 +1\r\n", .malformedLine),
        Bad("PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n", .malformedLine),
        Bad("PROXY TCP4 1.2.3.4 1.2.3.4 999999999999999999999 1\r\n", .malformedLine),
        Bad("PROXY TCP4 1.2.3.256 1.2.3.4 1 1\r\n", .malformedLine),
        Bad("PROXY TCP4 1.2.3 1.2.3.4 1 1\r\n", .malformedLine),
        Bad("PROXY TCP4 0x7f.1.1.1 1.2.3.4 1 1\r\n", .malformedLine),
        Bad("PROXY TCP4 ::1 ::1 1 1\r\n", .malformedLine), Bad("PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n", .malformedLine),
        Bad("PROXY TCP6 [::1] ::1 1 1\r\n", .malformedLine), Bad("PROXY TCP6 fe80::1%eth0 ::1 1 1\r\n", .malformedLine),
        Bad("PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n", .malformedLine),
        Bad("PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n", .malformedLine),
        Bad("PROXY \u{7F}CP4 1.2.3.4 1.2.3.4 1 1\r\n", .malformedLine),
        Bad("PROXY UNKNOWN a\rb\r\n", .malformedLine), Bad("PROXY UNKNOWN \0\r\n", .malformedLine),
        Bad("PROXY UNKNOWNX 1.2.3.4\r\n", .malformedLine), Bad("PROXY \r\n1234567890", .malformedLine),
        Bad(
            "a line of 108 bytes", Array("PROXY UNKNOWN \(String(repeating: "a", count: 92))\r\n".utf8), .malformedLine),
        Bad("an endless line", Array("PROXY UNKNOWN \(String(repeating: "a", count: 9000))".utf8), .malformedLine),
        Bad("version 1 in a block", block(0x11, 0x11, ipv4()), .unknownCommand),
        Bad("an unknown command", block(0x22, 0x11, ipv4()), .unknownCommand),
        Bad("datagrams", block(0x21, 0x12, ipv4()), .unknownFamily),
        Bad("an unknown family", block(0x21, 0x41, ipv4()), .unknownFamily),
        Bad("an unknown transport", block(0x21, 0x13, ipv4()), .unknownFamily),
        Bad("IPv4 cut short", block(0x21, 0x11, Array(ipv4().dropLast())), .malformedBlock),
        Bad("IPv6 with IPv4's length", block(0x21, 0x21, ipv4()), .malformedBlock),
        Bad("a Unix path cut short", block(0x21, 0x31, .init(repeating: 0, count: 215)), .malformedBlock),
        Bad("addresses left out", block(0x21, 0x11, []), .malformedBlock),
        Bad("an extension beyond the end", block(0x21, 0x11, ipv4() + [0x02, 0, 9, 1]), .malformedBlock),
        Bad("half an extension", block(0x21, 0x11, ipv4() + [0x02, 0]), .malformedBlock),
        Bad("65535 bytes", block(0x21, 0x11, ipv4(), length: 0xFFFF), .tooLong),
    ])
    func `that is none is refused, however it is read`(bad: Bad) {
        #expect(problem(bad.bytes) == bad.problem)
    }

    @Test func `never asks for more than its bound`() throws {
        let length = ProxyHeader.bytesMax - 16
        let filler =
            [0x04, UInt8((length - 15) >> 8), UInt8((length - 15) & 255)] + [UInt8](repeating: 0, count: length - 15)
        let bytes = block(0x21, 0x11, ipv4() + filler)
        #expect(try read(bytes).taken == ProxyHeader.bytesMax)
        #expect(problem(block(0x21, 0x11, [], length: length + 1)) == .tooLong)
    }
}
