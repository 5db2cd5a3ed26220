import Identity

extension LogText {
    /// The most bytes of each text of a client's that a line takes.
    private static let methodBytesMax = 32
    private static let hostBytesMax = 255
    private static let pathBytesMax = 1_024
    private static let userAgentBytesMax = 256
    /// For texts of ours, whose length the configuration and the database bound already.
    private static let nameBytesMax = 255

    /// One line for one request: an object, and a line feed.
    ///
    /// Whatever follows a `?` or `#` in `path` is left out: query strings hold secrets.
    mutating func append(
        _ entry: borrowing AccessLogEntry, method: Span<UInt8>, host: Span<UInt8>, path: Span<UInt8>,
        userAgent: Span<UInt8>
    ) {
        append("{\"time\":\"")
        append(entry.at)
        append("\",\"request_id\":\"")
        append(hex: entry.requestID.high)
        append(hex: entry.requestID.low)
        append(byte: UInt8(ascii: "\""))
        if let decision = entry.decisionID {
            append(",\"decision_id\":\"")
            append(hex: decision)
            append(byte: UInt8(ascii: "\""))
        }
        append(",\"client\":", quoting: entry.client)
        append(",\"method\":", quoting: method, bytesMax: Self.methodBytesMax)
        append(",\"host\":", quoting: host, bytesMax: Self.hostBytesMax)
        append(",\"path\":", quoting: path.extracting(..<Self.length(ofPath: path)), bytesMax: Self.pathBytesMax)
        append(",\"protocol\":\"")
        append(entry.wireProtocol.label)
        append("\",\"status\":")
        append(decimal: UInt64(clamping: entry.status))
        if let status = entry.grpcStatus {
            append(",\"grpc_status\":")
            append(decimal: UInt64(clamping: status))
        }
        appendDecision(entry)
        append(",\"duration_us\":")
        append(decimal: entry.durationMicroseconds)
        append(",\"upstream\":", quoting: entry.upstream)
        if let time = entry.upstreamMicroseconds {
            append(",\"upstream_us\":")
            append(decimal: time)
        }
        append(",\"bytes_in\":")
        append(decimal: entry.bytesIn)
        append(",\"bytes_out\":")
        append(decimal: entry.bytesOut)
        append(",\"user_agent\":", quoting: userAgent, bytesMax: Self.userAgentBytesMax)
        append("}\n")
    }

    /// Who asked, for which route and plant, and what was decided.
    private mutating func appendDecision(_ entry: borrowing AccessLogEntry) {
        append(",\"route\":", quoting: entry.route)
        append(",\"plant\":", quoting: entry.plant)
        if let user = entry.user {
            append(",\"user_id\":\"")
            append(user.value)
            append(byte: UInt8(ascii: "\""))
        }
        if let session = entry.session {
            append(",\"session_id\":\"")
            append(session.value)
            append(byte: UInt8(ascii: "\""))
        }
        if let outcome = entry.outcome {
            append(",\"outcome\":\"")
            append(outcome.label)
            append(byte: UInt8(ascii: "\""))
        }
        append(",\"reason\":", quoting: entry.reason)
        if let shadow = entry.shadow {
            append(",\"shadow\":\"")
            append(shadow.label)
            append(byte: UInt8(ascii: "\""))
            append(",\"shadow_reason\":", quoting: entry.shadowReason)
        }
    }

    /// A member whose value is a text; none for nil.
    private mutating func append(_ name: StaticString, quoting text: String?) {
        guard let text else { return }
        append(name)
        append(quoting: text, bytesMax: Self.nameBytesMax)
    }

    /// A member whose value the client sent; none if it is empty.
    private mutating func append(_ name: StaticString, quoting text: Span<UInt8>, bytesMax: Int) {
        guard !text.isEmpty else { return }
        append(name)
        append(quoting: text, bytesMax: bytesMax)
    }

    /// How many bytes of `path` come before its query.
    private static func length(ofPath path: Span<UInt8>) -> Int {
        var length = 0
        while length < path.count, path[length] != UInt8(ascii: "?"), path[length] != UInt8(ascii: "#") { length += 1 }
        return length
    }
}
