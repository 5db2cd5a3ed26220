/// The head of a request: what is known of it before its body.
///
/// Filled by a parser, reused for the next request. The spans that it gives out are good until then.
package final class RequestHead {
    @safe @exclusivity(unchecked) package var method = Method.get
    @safe @exclusivity(unchecked) package var version = HTTPVersion.http11
    @safe @exclusivity(unchecked) package var form = TargetForm.origin
    @safe @exclusivity(unchecked) package var framing = BodyFraming.none
    /// Whether another request may follow on this connection, as far as the client is concerned.
    @safe @exclusivity(unchecked) package var keepAlive = true
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
    @safe @exclusivity(unchecked) package var expectsContinue = false
    /// Whether the client offers to switch protocols (RFC 9110, section 7.8).
    @safe @exclusivity(unchecked) package var offersUpgrade = false
    /// Whether one of the protocols that it offers is `h2c`. Nobody may switch to that behind the gateway's back: the
    /// requests that follow would pass it unseen (RFC 9113, section 3.1, has done away with it; CVE-2026-73548).
    @safe @exclusivity(unchecked) package var offersH2C = false
    package let fields = FieldBlock()
    /// The protocol that a stream is asked for, by an extended CONNECT (RFC 8441, section 4); empty for all else. The
    /// method is that of the same request over HTTP/1.1 then, GET.
    package private(set) var connectProtocol: [UInt8] = []

    @safe @exclusivity(unchecked) private var bytes = ByteBuffer(minimumCapacity: 512)
    @safe @exclusivity(unchecked) private var methodEnd = 0
    @safe @exclusivity(unchecked) private var targetStart = 0
    @safe @exclusivity(unchecked) private var targetEnd = 0
    @safe @exclusivity(unchecked) private var pathRange = 0..<0
    @safe @exclusivity(unchecked) private var queryRange: Range<Int>?
    private var authorityRange = 0..<0
    private var hostRange = 0..<0

    package init() {}

    /// The method's name.
    package var methodSpan: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(bytes.span.extracting(0..<methodEnd), borrowing: self) }
    }

    /// The target, as it was sent.
    package var target: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(bytes.span.extracting(targetStart..<targetEnd), borrowing: self) }
    }

    /// The path of the target, as it was sent; `/` where an absolute target has none.
    package var path: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(bytes.span.extracting(pathRange), borrowing: self) }
    }

    /// What follows the first `?`; nil without one.
    package var query: Span<UInt8>? {
        @_lifetime(borrow self)
        get {
            guard let queryRange else { return nil }
            return unsafe _overrideLifetime(bytes.span.extracting(queryRange), borrowing: self)
        }
    }

    /// Host and port, as the target or the Host field has them. Empty only in HTTP/1.0, which knows requests without.
    package var authority: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(bytes.span.extracting(authorityRange), borrowing: self) }
    }

    /// The host alone, as it was sent, without the brackets of an IP literal taken off.
    package var host: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(bytes.span.extracting(hostRange), borrowing: self) }
    }

    // MARK: For parsers

    /// Forgets everything but the memory.
    package func reset() {
        method = .get
        version = .http11
        form = .origin
        framing = .none
        keepAlive = true
        expectsContinue = false
        offersUpgrade = false
        offersH2C = false
        fields.removeAll()
        if !connectProtocol.isEmpty { connectProtocol = [] }
        bytes.clear()
        methodEnd = 0
        targetStart = 0
        targetEnd = 0
        pathRange = 0..<0
        queryRange = nil
        authorityRange = 0..<0
        hostRange = 0..<0
    }

    /// Sets the method and target. First of all, after `reset`.
    package func setRequestLine(method name: Span<UInt8>, target: Span<UInt8>) {
        method = Method(name)
        bytes.append(name)
        methodEnd = bytes.count
        targetStart = methodEnd
        bytes.append(target)
        targetEnd = bytes.count
    }

    /// Sets the method and target from a request line: its first `methodCount` bytes name the method, and from `targetStart`
    /// on it is the target. First of all, after `reset`.
    package func setRequestLine(_ line: Span<UInt8>, method: Method, methodCount: Int, targetStart: Int) {
        self.method = method
        bytes.append(line)
        methodEnd = methodCount
        self.targetStart = targetStart
        targetEnd = line.count
    }

    /// Says that the request is an extended CONNECT for this protocol.
    package func setConnectProtocol(_ name: Span<UInt8>) {
        connectProtocol = []
        for index in name.indices { connectProtocol.append(name[index]) }
    }

    /// Says where the path and the query stand in the target.
    package func setPath(_ path: Range<Int>, query: Range<Int>?) {
        pathRange = path.lowerBound + targetStart..<path.upperBound + targetStart
        queryRange = query.map { $0.lowerBound + targetStart..<$0.upperBound + targetStart }
    }

    /// Gives a target without a path the path `/`.
    package func setRootPath(query: Range<Int>?) {
        queryRange = query.map { $0.lowerBound + targetStart..<$0.upperBound + targetStart }
        pathRange = bytes.count..<bytes.count + 1
        bytes.append(UInt8(ascii: "/"))
    }

    /// Says where the authority stands in the target; its first `hostCount` bytes are the host.
    package func setAuthority(inTarget range: Range<Int>, hostCount: Int) {
        authorityRange = range.lowerBound + targetStart..<range.upperBound + targetStart
        hostRange = authorityRange.lowerBound..<authorityRange.lowerBound + min(hostCount, range.count)
    }

    /// Sets the authority, which is none of the head's own spans; its first `hostCount` bytes are the host.
    package func setAuthority(_ authority: Span<UInt8>, hostCount: Int) {
        let start = bytes.count
        bytes.append(authority)
        authorityRange = start..<bytes.count
        hostRange = start..<start + min(hostCount, authority.count)
    }
}

/// The four forms of a target (RFC 9112, section 3.2).
package enum TargetForm: Sendable {
    case origin, absolute, authority, asterisk
}

/// The version of HTTP that a message was sent in.
package enum HTTPVersion: Sendable, Hashable {
    case http10, http11, http2

    /// What logs and metrics call it.
    package var name: StaticString {
        switch self {
        case .http10: "HTTP/1.0"
        case .http11: "HTTP/1.1"
        case .http2: "HTTP/2"
        }
    }
}

/// How the end of a request's body is known (RFC 9112, section 6.3).
package enum BodyFraming: Sendable, Hashable {
    case none
    case length(UInt64)
    case chunked
}
