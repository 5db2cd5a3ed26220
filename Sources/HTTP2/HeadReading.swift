import HTTPMessage

/// Puts together the head or the trailer section that a HEADERS frame and its CONTINUATIONs bring, field by field.
///
/// nghttp2 has looked at each field before (RFC 9113, section 8): names are tokens in lower case, values have no
/// control bytes, pseudo-fields come first and once each, nothing concerns the connection, and there is one
/// Content-Length at most. Here is judged what it leaves open: targets, authorities, sizes.
@safe final class HeadReading {
    enum Field {
        case method, scheme, path, authority, connectProtocol, status
        case regular

        init(_ name: Span<UInt8>) {
            guard !name.isEmpty, name[0] == UInt8(ascii: ":") else {
                self = .regular
                return
            }
            if name.isEqual(to: ":method") {
                self = .method
            } else if name.isEqual(to: ":path") {
                self = .path
            } else if name.isEqual(to: ":authority") {
                self = .authority
            } else if name.isEqual(to: ":scheme") {
                self = .scheme
            } else if name.isEqual(to: ":status") {
                self = .status
            } else {
                self = .connectProtocol
            }
        }
    }

    /// What is to be made of a field.
    enum Verdict {
        case taken
        /// So much more than any head may have that the connection should end.
        case beyondBearing
    }

    /// Where regular fields go. The stream holds it: it is not counted for each of them, nor for each head.
    @safe @exclusivity(unchecked) private var fields: Unmanaged<FieldBlock>?
    /// The same, held.
    @safe @exclusivity(unchecked) private var fieldsHeld: FieldBlock?
    @safe @exclusivity(unchecked) private var limits = HeadLimits()
    @safe @exclusivity(unchecked) private var pseudo = ByteBuffer(minimumCapacity: 512)
    @safe @exclusivity(unchecked) private var method: Range<Int>?
    @safe @exclusivity(unchecked) private var scheme: Range<Int>?
    @safe @exclusivity(unchecked) private var path: Range<Int>?
    @safe @exclusivity(unchecked) private var authority: Range<Int>?
    @safe @exclusivity(unchecked) private var connectProtocol: Range<Int>?
    @safe @exclusivity(unchecked) private var status: Range<Int>?
    /// The crumbs of the Cookie field, joined (RFC 9113, section 8.2.3).
    @safe @exclusivity(unchecked) private var cookies = ByteBuffer(minimumCapacity: 512)
    @safe @exclusivity(unchecked) private var hasCookies = false
    @safe @exclusivity(unchecked) private var fieldCount = 0
    @safe @exclusivity(unchecked) private var byteCount = 0
    /// What limit the head has gone beyond. Nothing is kept of it from then on.
    @safe @exclusivity(unchecked) private(set) var excess: RequestError?

    /// Begins to read a head, or a trailer section, whose regular fields go into `fields`, which the caller keeps alive.
    func begin(into fields: Unmanaged<FieldBlock>, _ limits: HeadLimits) {
        reset()
        unsafe self.fields = fields
        self.limits = limits
    }

    /// Holds where the fields go: the rest of the head comes later, and others have their turn before.
    func hold() { unsafe fieldsHeld = fields?.takeUnretainedValue() }

    func reset() {
        fields = nil
        if fieldsHeld != nil { fieldsHeld = nil }
        pseudo.clear()
        (method, scheme, path, authority, connectProtocol, status) = (nil, nil, nil, nil, nil, nil)
        cookies.clear()
        hasCookies = false
        fieldCount = 0
        byteCount = 0
        excess = nil
    }

    /// Takes the next field.
    func take(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Verdict {
        fieldCount += 1
        // Each field counts as 32 bytes more than it has (RFC 9113, section 6.5.2).
        byteCount += name.count + value.count + 32
        if excess == nil {
            if byteCount > limits.headBytesMax { excess = .headTooLarge }
            if fieldCount > limits.fieldCountMax { excess = .tooManyFields }
        }
        guard excess == nil else {
            let isBearable = fieldCount <= PeerBudget.refusedFieldsMax && byteCount <= PeerBudget.refusedBytesMax
            return isBearable ? .taken : .beyondBearing
        }
        switch Field(name) {
        case .regular:
            if name.count == 6, name.isEqual(to: "cookie") {
                takeCookies(value)
            } else {
                _ = unsafe fields?._withUnsafeGuaranteedRef { $0.append(name: name, value: value) }
            }
        case .path:
            if value.count > limits.targetBytesMax { excess = .targetTooLong } else { path = keep(value) }
        case .method: method = keep(value)
        case .scheme: scheme = keep(value)
        case .authority: authority = keep(value)
        case .connectProtocol: connectProtocol = keep(value)
        case .status: status = keep(value)
        }
        return .taken
    }

    private func keep(_ value: Span<UInt8>) -> Range<Int> {
        let start = pseudo.count
        pseudo.append(value)
        return start..<pseudo.count
    }

    @_lifetime(borrow self)
    private func part(_ range: Range<Int>) -> Span<UInt8> {
        unsafe _overrideLifetime(pseudo.span.extracting(range), borrowing: self)
    }

    private var cookieSpan: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(cookies.span, borrowing: self) }
    }

    private func takeCookies(_ value: Span<UInt8>) {
        for index in value.indices where value[index] == UInt8(ascii: ";") { fieldCount += 1 }
        if fieldCount > limits.fieldCountMax {
            excess = .tooManyFields
            return
        }
        if hasCookies { cookies.append("; ") }
        cookies.append(value)
        hasCookies = true
    }

    // MARK: Requests

    /// Completes the head of a request. False when it is malformed, and the stream must be reset; a request that is
    /// well-formed and must still be refused with an answer has `refusal` set.
    func finishRequest(_ head: RequestHead, endsStream: Bool, refusal: inout RequestError?) -> Bool {
        head.version = .http2
        guard let method else { return excess != nil }
        if let excess {
            refusal = excess
            head.method = Method(part(method))
            return true
        }
        if hasCookies { head.fields.append(name: "cookie".utf8.span, value: cookieSpan) }
        guard method.count <= Self.methodBytesMax else {
            refusal = .methodTooLong
            return true
        }
        let name = part(method)
        guard FieldName.isValid(name) else { return false }
        if Method(name) == .connect { return finishConnect(head, method, refusal: &refusal) }
        guard let path, let scheme, connectProtocol == nil, isHTTP(part(scheme)) else { return false }
        guard readTarget(head, method, path) else { return false }
        refusal = readAuthority(head) ?? readExpectation(head, endsStream: endsStream)
        if refusal == nil { refusal = readFraming(head, endsStream: endsStream) }
        return true
    }

    /// The longest method that is read, as over HTTP/1.1.
    private static let methodBytesMax = 32

    private func isHTTP(_ scheme: Span<UInt8>) -> Bool {
        scheme.isEqualIgnoringCase(to: "https") || scheme.isEqualIgnoringCase(to: "http")
    }

    /// `:path` (RFC 9113, section 8.3.1): begins with a slash, or is the asterisk of OPTIONS.
    private func readTarget(_ head: RequestHead, _ method: Range<Int>, _ path: Range<Int>) -> Bool {
        let target = part(path)
        guard !target.isEmpty else { return false }
        var question: Int?
        for index in target.indices {
            guard ByteClass.isTarget(target[index]) else { return false }
            if question == nil, target[index] == UInt8(ascii: "?") { question = index }
        }
        head.setRequestLine(method: part(method), target: target)
        if target[0] == UInt8(ascii: "/") {
            head.form = .origin
            head.setPath(0..<(question ?? target.count), query: question.map { $0 + 1..<target.count })
            return true
        }
        head.form = .asterisk
        return target.count == 1 && target[0] == UInt8(ascii: "*") && head.method == .options
    }

    /// A tunnel to another server, which nobody gets here, or a stream for another protocol (RFC 8441, section 4).
    private func finishConnect(_ head: RequestHead, _ method: Range<Int>, refusal: inout RequestError?) -> Bool {
        if let connectProtocol {
            // What is a GET with an Upgrade over HTTP/1.1 (section 5) is decided on and forwarded as that.
            let get = keep("GET".utf8.span)
            guard let path, let scheme, isHTTP(part(scheme)), readTarget(head, get, path) else { return false }
            head.setConnectProtocol(part(connectProtocol))
            refusal = readAuthority(head)
            // Whatever follows is for the protocol and no body: a length would be held against it.
            return !head.fields.contains(.contentLength)
        }
        guard path == nil, scheme == nil, let authority else { return false }
        let target = part(authority)
        guard let hostCount = Authority.hostCount(target) else { return false }
        head.setRequestLine(method: part(method), target: target)
        head.form = .authority
        head.setAuthority(inTarget: 0..<target.count, hostCount: hostCount)
        return true
    }

    /// `:authority`, or Host in its place; if both are there, they agree (RFC 9113, section 8.3.1).
    private func readAuthority(_ head: RequestHead) -> RequestError? {
        let fields = head.fields
        guard fields.count(of: .host) <= 1 else { return .severalHosts }
        let host = fields.first(.host)
        guard let authority else {
            guard let host else { return .missingHost }
            guard let hostCount = Authority.hostCount(fields.value(host)) else { return .malformedHost }
            head.setAuthority(fields.value(host), hostCount: hostCount)
            return nil
        }
        let value = part(authority)
        guard let hostCount = Authority.hostCount(value) else { return .malformedHost }
        if let host, !fields.value(host).isEqualIgnoringCase(to: value) { return .hostMismatch }
        head.setAuthority(value, hostCount: hostCount)
        return nil
    }

    private func readExpectation(_ head: RequestHead, endsStream: Bool) -> RequestError? {
        let fields = head.fields
        guard let index = fields.first(.expect) else { return nil }
        guard fields.count(of: .expect) == 1, fields.value(index).isEqualIgnoringCase(to: "100-continue") else {
            return .unknownExpectation
        }
        head.expectsContinue = !endsStream
        return nil
    }

    /// How long the body is, if that is known (RFC 9113, section 8.1.1). nghttp2 holds the DATA against it.
    private func readFraming(_ head: RequestHead, endsStream: Bool) -> RequestError? {
        do throws(ContentLength.Problem) {
            let length = try ContentLength.read(head.fields)
            if endsStream {
                head.framing = length == nil ? .none : .length(0)
            } else {
                head.framing = length.map { .length($0) } ?? .chunked
            }
            return nil
        } catch {
            return error == .several ? .severalContentLengths : .malformedContentLength
        }
    }

    // MARK: Responses

    /// Completes the head of an answer. False when it is malformed.
    func finishResponse(_ head: ResponseHead, endsStream: Bool, to requestMethod: Method) -> Bool {
        guard excess == nil, let status, status.count == 3 else { return false }
        var code = 0
        let digits = part(status)
        for index in digits.indices {
            let byte = digits[index]
            guard ByteClass.isDigit(byte) else { return false }
            code = code * 10 + Int(byte - UInt8(ascii: "0"))
        }
        guard (100...599).contains(code), code != 101 else { return false }
        head.status = code
        head.version = .http2
        if hasCookies { head.fields.append(name: "cookie".utf8.span, value: cookieSpan) }
        do throws(ContentLength.Problem) {
            head.contentLength = try ContentLength.read(head.fields)
        } catch {
            return false
        }
        if endsStream || requestMethod == .head || code < 200 || code == 204 || code == 304 {
            head.framing = .none
        } else {
            // Not that there are chunks: its end is known when it comes.
            head.framing = head.contentLength.map { .length($0) } ?? .chunked
        }
        return true
    }

    /// Whether a trailer section is in order: no pseudo-fields, and within the limits.
    var isTrailerSection: Bool {
        excess == nil && method == nil && path == nil && scheme == nil && authority == nil && connectProtocol == nil
            && status == nil
    }
}
