/// The head of a response. Filled by a parser, reused for the next; the spans that it gives out are good until then.
package final class ResponseHead {
    /// Three digits, 100 to 599.
    @safe @exclusivity(unchecked) package var status = 0
    @safe @exclusivity(unchecked) package var version = HTTPVersion.http11
    @safe @exclusivity(unchecked) package var framing = ResponseFraming.none
    /// What Content-Length says, also where no body follows (RFC 9110, section 8.6).
    @safe @exclusivity(unchecked) package var contentLength: UInt64?
    /// Whether the connection can carry another request, as far as the upstream is concerned.
    package var keepAlive = true
    package let fields = FieldBlock()
    private var reasonBytes = ByteBuffer(minimumCapacity: 64)

    package init() {}

    /// The reason phrase, as it was sent.
    package var reason: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(reasonBytes.span, borrowing: self) }
    }

    /// Forgets everything but the memory.
    package func reset() {
        status = 0
        version = .http11
        framing = .none
        contentLength = nil
        keepAlive = true
        fields.removeAll()
        reasonBytes.clear()
    }

    package func setReason(_ reason: Span<UInt8>) {
        reasonBytes.clear()
        reasonBytes.append(reason)
    }
}

/// How the end of a response's body is known (RFC 9112, section 6.3).
package enum ResponseFraming: Sendable, Hashable {
    case none
    case length(UInt64)
    case chunked
    /// The connection's end is the body's.
    case untilClose
}
