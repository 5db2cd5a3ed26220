/// What became of clients' connections that came to nothing, or to a bad end.
package struct ConnectionMetrics: Sendable, Equatable {
    /// TLS handshakes that failed or took too long.
    package var handshakesFailed: UInt64 = 0
    /// Connections that were closed at once: too many of one address, no trusted proxy, or no PROXY header.
    package var refused: UInt64 = 0
    /// Times that no descriptor or memory was left for a connection.
    package var exhausted: UInt64 = 0
    /// HTTP/2 connections that the gateway ended for what the client did there, by the name of the code.
    package var http2Errors: [String: UInt64] = [:]

    package init() {}

    /// Adds the numbers of another worker.
    package mutating func merge(_ other: ConnectionMetrics) {
        handshakesFailed &+= other.handshakesFailed
        refused &+= other.refused
        exhausted &+= other.exhausted
        http2Errors.merge(other.http2Errors) { $0 &+ $1 }
    }

    /// Codes that are told with zero, too: a rate needs it to begin with.
    fileprivate static let usualCodes = [
        "COMPRESSION_ERROR", "ENHANCE_YOUR_CALM", "FLOW_CONTROL_ERROR", "FRAME_SIZE_ERROR", "PROTOCOL_ERROR",
        "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    ]
}

extension PrometheusText {
    mutating func connectionEnds(_ connections: ConnectionMetrics) {
        begin("gatehouse_handshakes_failed_total", .counter, help: "TLS handshakes that failed or took too long.")
        sample("gatehouse_handshakes_failed_total", connections.handshakesFailed)
        begin(
            "gatehouse_connections_refused_total", .counter,
            help: "Connections closed at once: too many of one address, no trusted proxy, or no PROXY header.")
        sample("gatehouse_connections_refused_total", connections.refused)
        begin(
            "gatehouse_accepts_exhausted_total", .counter,
            help: "Times that no descriptor or memory was left for a connection.")
        sample("gatehouse_accepts_exhausted_total", connections.exhausted)
        begin(
            "gatehouse_http2_errors_total", .counter,
            help: "HTTP/2 connections that were ended for what the client did there, by code (RFC 9113, section 7).")
        let codes = Set(ConnectionMetrics.usualCodes).union(connections.http2Errors.keys).sorted()
        for code in codes {
            sample("gatehouse_http2_errors_total", [("code", code)], connections.http2Errors[code] ?? 0)
        }
    }
}
