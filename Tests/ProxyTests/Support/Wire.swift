import EventLoop
import Foundation
import TLS

/// The loop on which all test clients and test upstreams live, so that no test blocks a thread that the gateway needs.
enum TestLoop {
    static let shared: EventLoop = {
        guard let loop = try? EventLoop(name: "test-peers") else { preconditionFailure("no loop") }
        try? loop.start()
        return loop
    }()
}

/// One end of a connection, as a test writes and reads it: byte by byte if it likes.
actor Wire {
    private var transport: Transport?
    private var buffer: [UInt8] = []
    private nonisolated let loop = TestLoop.shared

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// Passes a socket from the actor that accepted it to its own; nobody else keeps it.
    struct Handover: @unchecked Sendable { let socket: Socket }

    init() {}
    init(_ handover: Handover) { transport = .plain(handover.socket) }

    /// A connection to a port of this machine, with TLS if a context is given, and behind `preamble`.
    static func connect(
        _ port: UInt16, tls: ClientContext? = nil, name: String = "localhost", preamble: [UInt8] = []
    ) async throws -> Wire {
        let wire = Wire()
        try await wire.open(port, tls, name, preamble)
        return wire
    }

    private func open(_ port: UInt16, _ tls: ClientContext?, _ name: String, _ preamble: [UInt8]) async throws {
        guard let address = SocketAddress(host: "127.0.0.1", port: port) else { throw WireError.noAddress }
        let socket = try await Socket.connect(to: address, loop: loop, deadline: soon)
        if !preamble.isEmpty { try await Transport.plain(socket).writeAll(preamble.span, deadline: soon) }
        guard let tls else {
            transport = .plain(socket)
            return
        }
        let connection = try TLSConnection(socket: socket, context: tls, hostname: name)
        try await connection.handshake(deadline: soon)
        transport = .tls(connection)
    }

    /// The server's side of a TLS handshake.
    func accept(_ tls: ServerContext) async throws {
        guard case .plain(let socket)? = transport else { throw WireError.closed }
        let connection = try TLSConnection(socket: socket, context: tls)
        try await connection.handshake(deadline: soon)
        transport = .tls(connection)
    }

    /// A moment that only a test that hangs reaches.
    private var soon: MonotonicInstant { loop.now + .seconds(60) }

    func write(_ text: String) async throws { try await write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) async throws {
        guard let transport else { throw WireError.closed }
        try await transport.writeAll(bytes.span, deadline: soon)
    }

    /// Reads more; false at the end of the stream, or when the connection was cut.
    private func fill(deadline: MonotonicInstant? = nil) async throws -> Bool {
        guard let transport else { return false }
        while true {
            var outcome = ReadOutcome.wouldBlock
            let piece: [UInt8]
            do {
                piece = try [UInt8](capacity: 65536) { span in outcome = try transport.read(into: &span) }
            } catch {
                return false
            }
            buffer += piece
            switch outcome {
            case .bytes: return true
            case .endOfStream: return false
            case .wouldBlock:
                do throws(IOError) { try await transport.readable(deadline: deadline ?? soon) } catch {
                    if error == .timedOut { throw WireError.timedOut }
                    return false
                }
            }
        }
    }

    /// Everything until the other side closes.
    func rest() async throws -> String {
        while try await fill() {}
        defer { buffer = [] }
        return String(decoding: buffer, as: UTF8.self)
    }

    /// What has come; nil at the end of the stream.
    func piece() async throws -> [UInt8]? {
        if buffer.isEmpty, try await !fill() { return nil }
        defer { buffer = [] }
        return buffer
    }

    /// Exactly `count` bytes.
    func take(_ count: Int) async throws -> [UInt8] {
        while buffer.count < count { guard try await fill() else { throw WireError.closed } }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    /// What has been read and not been taken.
    func takeBuffered() -> [UInt8] {
        defer { buffer = [] }
        return buffer
    }

    /// Reads and forgets until `count` bytes were read or the stream ended; how many there were.
    func skip(_ count: Int) async throws -> Int {
        var skipped = 0
        while true {
            let here = min(count - skipped, buffer.count)
            skipped += here
            buffer.removeFirst(here)
            if skipped == count { return skipped }
            guard try await fill() else { return skipped }
        }
    }

    /// Whether nothing comes for this long; what comes instead is kept.
    func isSilent(for length: Duration) async throws -> Bool {
        guard buffer.isEmpty else { return false }
        do { return try await !fill(deadline: loop.now + length) && false } catch WireError.timedOut { return true }
    }

    /// The head up to its empty line; nil at the end of the stream.
    func head() async throws -> Message? {
        while true {
            if let end = Self.find(Array("\r\n\r\n".utf8), in: buffer) {
                let text = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 4)
                return Message(head: text)
            }
            guard try await fill() else {
                if buffer.isEmpty { return nil }
                throw WireError.cut(String(decoding: buffer, as: UTF8.self))
            }
        }
    }

    /// A whole message. `bodyless` is for answers to HEAD.
    func message(bodyless: Bool = false) async throws -> Message? {
        guard var message = try await head() else { return nil }
        let status = message.status ?? 200
        if bodyless || status == 204 || status == 304 || status < 200 { return message }
        if let length = message["Content-Length"].flatMap({ Int($0) }) {
            message.body = try await take(length)
        } else if message["Transfer-Encoding"]?.lowercased() == "chunked" {
            message.body = try await chunks()
        } else if message.status != nil {
            while try await fill() {}
            message.body = buffer
            buffer = []
        }
        return message
    }

    private func chunks() async throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let size = try await line()
            guard let count = Int(size.prefix { $0 != ";" }, radix: 16) else { throw WireError.cut(size) }
            body += try await take(count)
            let end = try await line()
            if count == 0 { return body }
            guard end.isEmpty else { throw WireError.cut(end) }
        }
    }

    private func line() async throws -> String {
        while true {
            if let end = Self.find([13, 10], in: buffer) {
                defer { buffer.removeFirst(end + 2) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            guard try await fill() else { throw WireError.closed }
        }
    }

    private static func find(_ wanted: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= wanted.count else { return nil }
        return (0...(bytes.count - wanted.count)).first { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }

    func finishWriting() { transport?.shutdownWrite() }

    func close() {
        transport?.close()
        transport = nil
    }
}

enum WireError: Error {
    case noAddress, closed, timedOut
    case cut(String)
}

/// A message as a test looks at it.
struct Message: Sendable {
    let startLine: String
    let fields: [(name: String, value: String)]
    var body: [UInt8] = []

    init(head: String) {
        var lines = head.components(separatedBy: "\r\n")
        startLine = lines.removeFirst()
        fields = lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
        }
    }

    /// The status, if this is an answer.
    var status: Int? {
        guard startLine.hasPrefix("HTTP/") else { return nil }
        return Int(startLine.split(separator: " ").dropFirst().first ?? "")
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// All values of a field, names without regard to case.
    func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    subscript(_ name: String) -> String? { values(name).first }
}
