import Foundation
import Testing

@testable import Proxy

/// Requests to switch protocols, and applications that do.
enum Tunnels {
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    /// The fields that open a WebSocket.
    static let webSocket = [
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: \(key)", "Sec-WebSocket-Version: 13",
    ]

    /// The answer that opens the WebSocket.
    static let switching =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \(accept)\r\n\r\n"

    /// Switches, and sends back whatever comes, until nothing comes any more.
    static let echo: ScriptedUpstream.Script = { wire, request in
        guard request["Upgrade"] != nil else { return try await ScriptedUpstream.echo(wire, request) }
        try await wire.write(switching)
        while let bytes = try await wire.some() { try await wire.write(bytes) }
    }

    /// A client whose WebSocket is open.
    static func open(
        _ stand: Stand, _ path: String = "/public/socket", token: String? = nil, fields: [String] = [],
        overTLS: Bool = false
    ) async throws -> Wire {
        let wire = try await Wire.connect(
            overTLS ? stand.tls : stand.plain, tls: overTLS ? TestCertificates.shared.client() : nil)
        try await wire.write(Stand.request("GET \(path)", fields: webSocket + fields, token: token))
        let answer = try #require(try await wire.head())
        expect(101, of: answer)
        return wire
    }

    /// Records an issue unless what is written to the tunnel still comes back.
    static func expectOpen(_ wire: Wire, sourceLocation: Testing.SourceLocation = #_sourceLocation) async throws {
        try await wire.write(frame("x"))
        #expect(try await wire.take(3) == frame("x"), sourceLocation: sourceLocation)
    }

    /// A whole text frame as a server sends it; up to 125 bytes.
    static func frame(_ text: String) -> [UInt8] { [0x81, UInt8(text.utf8.count)] + Array(text.utf8) }
}

extension Wire {
    /// What comes next, at least a byte; nil at the end of the stream.
    func some() async throws -> [UInt8]? {
        guard let first = try? await take(1) else { return nil }
        return first + takeBuffered()
    }
}
