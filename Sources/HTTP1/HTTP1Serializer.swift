package import HTTPMessage

/// Writes the parts of HTTP/1.1 messages (RFC 9112).
package enum HTTP1Serializer {
    /// Appends a status line of ours.
    package static func appendStatusLine(_ status: Int, to output: inout ByteBuffer) {
        output.append("HTTP/1.1 ")
        output.append(decimal: status)
        output.append(" ")
        output.append(HTTPStatus.reasonPhrase(status))
        output.append("\r\n")
    }

    /// Appends a status line with another's reason phrase. A parser has checked its bytes.
    package static func appendStatusLine(_ status: Int, reason: Span<UInt8>, to output: inout ByteBuffer) {
        output.append("HTTP/1.1 ")
        output.append(decimal: status)
        output.append(" ")
        output.append(reason)
        output.append("\r\n")
    }

    /// Appends data as one chunk. Nothing for no data: an empty chunk would end the body.
    package static func appendChunk(_ data: Span<UInt8>, to output: inout ByteBuffer) {
        guard !data.isEmpty else { return }
        output.append(hex: UInt64(data.count))
        output.append("\r\n")
        output.append(data)
        output.append("\r\n")
    }

    /// Appends the end of a chunked body, without trailers.
    package static func appendLastChunk(to output: inout ByteBuffer) {
        output.append("0\r\n\r\n")
    }
}
