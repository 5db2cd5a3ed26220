import HTTP2
import HTTPMessage

/// The head of a request in HTTP/2's terms, made of the one that `UpstreamRequestWriter` wrote.
///
/// There is one writer of heads, so that there is one place where it is decided what an application is told, whatever
/// it speaks; and what was written can be sent to an endpoint of another protocol when the first one fails.
enum RequestDraft {
    /// Fills `draft`, and answers how many bytes the head had; what follows it is body.
    ///
    /// - Parameters:
    ///   - takesTrailers: whether the client said that it understands trailers. The field is the only one of the
    ///     connection's that HTTP/2 knows (RFC 9113, section 8.2.2), and gRPC insists on it.
    ///   - opening: the protocol that the stream is to carry: then the head is an extended CONNECT (RFC 8441, section 4).
    static func fill(
        _ draft: inout FieldDraft, from text: Span<UInt8>, isSecure: Bool, takesTrailers: Bool, opening: [UInt8]?
    ) -> Int {
        draft.removeAll()
        var start = endOfLine(text, from: 0)
        let line = text.extracting(0..<(start - 2))
        let methodEnd = position(of: UInt8(ascii: " "), in: line, from: 0)
        let targetEnd = position(of: UInt8(ascii: " "), in: line, from: methodEnd + 1)
        if let opening {
            draft.append(":method", "CONNECT")
            draft.append(":protocol", opening.span)
        } else {
            draft.append(":method", line.extracting(0..<methodEnd))
        }
        draft.append(":scheme", isSecure ? "https" : "http")
        // The writer puts Host first.
        let hostEnd = endOfLine(text, from: start)
        draft.append(":authority", text.extracting((start + "Host: ".utf8.count)..<(hostEnd - 2)))
        draft.append(":path", line.extracting((methodEnd + 1)..<targetEnd))
        start = hostEnd
        while true {
            let end = endOfLine(text, from: start)
            guard end - start > 2 else {
                if takesTrailers { draft.append("te", "trailers") }
                return end
            }
            append(text.extracting(start..<(end - 2)), to: &draft, isTunnel: opening != nil)
            start = end
        }
    }

    private static func append(_ line: Span<UInt8>, to draft: inout FieldDraft, isTunnel: Bool) {
        let colon = position(of: UInt8(ascii: ":"), in: line, from: 0)
        let name = line.extracting(0..<colon)
        let known = KnownField(name)
        guard known == .other || !FieldName.isHopByHop(known) else { return }
        // Over HTTP/2 nobody has to prove that they know the protocol (RFC 8441, section 5).
        if isTunnel, known == .other, name.isEqualIgnoringCase(to: "sec-websocket-key") { return }
        let value = line.extracting(min(colon + 2, line.count)..<line.count)
        draft.append(name: name, value: value, isSecret: known == .cookie || known == .authorization)
    }

    /// Behind the next CRLF.
    private static func endOfLine(_ text: Span<UInt8>, from start: Int) -> Int {
        min(position(of: UInt8(ascii: "\n"), in: text, from: start) + 1, text.count)
    }

    private static func position(of byte: UInt8, in text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count, text[index] != byte { index += 1 }
        return index
    }
}
