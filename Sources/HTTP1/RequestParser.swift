package import HTTPMessage

/// Turns bytes into the head of a request, to the letter of RFC 9112: what can be read in two ways is refused.
///
/// Does no I/O. Give it all bytes from the beginning of the request, as often as more have come; it looks at none of
/// them twice until the head is complete.
package struct RequestParser {
    private let limits: HeadLimits
    private var scanner = HeadScanner()
    /// How many bytes of an empty line stand before the request line: 2, or 0 (RFC 9112, section 2.2).
    private var skipped = 0

    /// The longest method that is read; the longest registered one has 16 characters.
    private static let methodBytesMax = 32
    private static let versionBytes = 8

    package init(limits: HeadLimits) { self.limits = limits }

    /// Makes ready for the next request.
    package mutating func reset() {
        scanner = HeadScanner()
        skipped = 0
    }

    /// Reads the head into `head` once it is complete.
    package mutating func parse(
        _ bytes: Span<UInt8>, into head: RequestHead
    ) throws(RequestError) -> HeadProgress {
        if skipped == 0, !bytes.isEmpty, bytes[0] == UInt8(ascii: "\r") {
            guard bytes.count >= 2 else { return .needMore }
            guard bytes[1] == UInt8(ascii: "\n") else { throw .malformedRequestLine }
            skipped = 2
            scanner = HeadScanner(from: 2)
        }
        // What is not HTTP, such as a TLS handshake, is recognised by its first byte and not when a deadline passes.
        guard bytes.count <= skipped || ByteClass.isToken(bytes[skipped]) else { throw .malformedRequestLine }
        switch scanner.scan(bytes) {
        case .bareLineFeed:
            throw .bareLineFeed
        case .needMore:
            // Its two spaces and CRLF are the four bytes more.
            let lineBytesMax = Self.methodBytesMax + limits.targetBytesMax + Self.versionBytes + 4
            guard (scanner.firstLineEnd ?? bytes.count) - skipped <= lineBytesMax else { throw .targetTooLong }
            guard bytes.count - skipped <= limits.headBytesMax else { throw .headTooLarge }
            return .needMore
        case .end(let end):
            guard end - skipped <= limits.headBytesMax else { throw .headTooLarge }
            head.reset()
            let fieldsStart = try readRequestLine(bytes, to: end, into: head)
            do throws(FieldLines.Problem) {
                try FieldLines.read(
                    bytes, from: fieldsStart, to: end - 2, countMax: limits.fieldCountMax, into: head.fields)
            } catch {
                throw RequestError(error)
            }
            try readAuthority(head)
            try readFraming(head)
            reset()
            return .complete(consumed: end)
        }
    }

    // MARK: The request line (RFC 9112, section 3)

    /// Returns where the fields begin.
    private func readRequestLine(
        _ bytes: Span<UInt8>, to end: Int, into head: RequestHead
    ) throws(RequestError) -> Int {
        let methodEnd = bytes.firstMarked(from: skipped, to: end) { $0.equal(to: UInt8(ascii: " ")) }
        let name = bytes.extracting(skipped..<methodEnd)
        let method = Method(name)
        guard methodEnd < end, method != .other || FieldName.isValid(name) else { throw .malformedRequestLine }
        guard name.count <= Self.methodBytesMax else { throw .methodTooLong }
        let targetStart = methodEnd + 1
        let targetEnd = bytes.firstMarked(from: targetStart, to: end) { $0.noTarget }
        guard targetEnd - targetStart <= limits.targetBytesMax else { throw .targetTooLong }
        guard targetEnd < end, bytes[targetEnd] == UInt8(ascii: " "), targetEnd > targetStart else {
            // A space or the line's end in the wrong place spoils the line, any other byte the target.
            let isMisplaced = bytes[targetEnd] == UInt8(ascii: "\r") || targetEnd == targetStart
            throw isMisplaced ? .malformedRequestLine : .malformedTarget
        }
        let versionStart = targetEnd + 1
        let lineEnd = versionStart + Self.versionBytes
        guard lineEnd + 1 < end, bytes[lineEnd] == UInt8(ascii: "\r"), bytes[lineEnd + 1] == UInt8(ascii: "\n") else {
            throw .malformedVersion
        }
        head.version = try readVersion(bytes.extracting(versionStart..<lineEnd))
        head.setRequestLine(
            bytes.extracting(skipped..<targetEnd), method: method, methodCount: name.count,
            targetStart: targetStart - skipped)
        try readTarget(head)
        return lineEnd + 2
    }

    /// `HTTP/` DIGIT `.` DIGIT, with regard to case (RFC 9112, section 2.3).
    private func readVersion(_ bytes: Span<UInt8>) throws(RequestError) -> HTTPVersion {
        if bytes.isEqual(to: "HTTP/1.1") { return .http11 }
        guard bytes.count == Self.versionBytes, bytes.extracting(0..<5).isEqual(to: "HTTP/"),
            ByteClass.isDigit(bytes[5]), bytes[6] == UInt8(ascii: "."), ByteClass.isDigit(bytes[7])
        else { throw .malformedVersion }
        guard bytes[5] == UInt8(ascii: "1"), bytes[7] == UInt8(ascii: "0") else { throw .unsupportedVersion }
        return .http10
    }

    /// The four forms (RFC 9112, section 3.2).
    private func readTarget(_ head: RequestHead) throws(RequestError) {
        let target = head.target
        if head.method == .connect {
            head.form = .authority
            guard let hostCount = Authority.hostCount(target), hostCount < target.count else { throw .malformedTarget }
            head.setAuthority(inTarget: 0..<target.count, hostCount: hostCount)
            return
        }
        switch target[0] {
        case UInt8(ascii: "/"):
            head.form = .origin
            let question = firstQuestionMark(target, from: 0)
            head.setPath(0..<(question ?? target.count), query: question.map { $0 + 1..<target.count })
        case UInt8(ascii: "*") where target.count == 1 && head.method == .options:
            head.form = .asterisk
        default:
            head.form = .absolute
            try readAbsoluteTarget(head)
        }
    }

    /// `http://host[:port]/path?query`, as a client sends to a proxy and every server must take.
    private func readAbsoluteTarget(_ head: RequestHead) throws(RequestError) {
        let target = head.target
        let authorityStart: Int
        if target.count > 7, target.extracting(0..<7).isEqualIgnoringCase(to: "http://") {
            authorityStart = 7
        } else if target.count > 8, target.extracting(0..<8).isEqualIgnoringCase(to: "https://") {
            authorityStart = 8
        } else {
            throw .malformedTarget
        }
        var authorityEnd = authorityStart
        while authorityEnd < target.count, target[authorityEnd] != UInt8(ascii: "/"),
            target[authorityEnd] != UInt8(ascii: "?")
        { authorityEnd += 1 }
        let question = firstQuestionMark(target, from: authorityEnd)
        let query = question.map { $0 + 1..<target.count }
        let path = authorityEnd..<(question ?? target.count)
        let authority = authorityStart..<authorityEnd
        guard let hostCount = Authority.hostCount(target.extracting(authority)) else { throw .malformedHost }
        head.setAuthority(inTarget: authority, hostCount: hostCount)
        if path.isEmpty { head.setRootPath(query: query) } else { head.setPath(path, query: query) }
    }

    private func firstQuestionMark(_ target: Span<UInt8>, from start: Int) -> Int? {
        let index = target.firstMarked(from: start, to: target.count) { $0.equal(to: UInt8(ascii: "?")) }
        return index < target.count ? index : nil
    }

    // MARK: What the fields mean

    /// Exactly one Host, well-formed, that agrees with a target that names a host too (RFC 9112, section 3.2).
    ///
    /// Only HTTP/1.0 may do without: old health checks ask like that.
    private func readAuthority(_ head: RequestHead) throws(RequestError) {
        let fields = head.fields
        guard let index = fields.first(.host) else {
            guard head.version == .http10 else { throw .missingHost }
            return
        }
        guard !fields.isRepeated(.host) else { throw .severalHosts }
        let host = fields.value(index)
        guard let hostCount = Authority.hostCount(host) else { throw .malformedHost }
        switch head.form {
        case .absolute, .authority:
            guard head.authority.isEqualIgnoringCase(to: host) else { throw .hostMismatch }
        case .origin, .asterisk:
            head.setAuthority(host, hostCount: hostCount)
        }
    }

    private func readFraming(_ head: RequestHead) throws(RequestError) {
        let framing: FramingFields
        do throws(FramingFields.Problem) {
            framing = try FramingFields(head.fields)
        } catch {
            throw RequestError(error)
        }
        if framing.isChunked {
            guard head.version == .http11 else { throw .malformedTransferEncoding }
            head.framing = .chunked
        } else if let length = framing.length {
            head.framing = .length(length)
        }

        let connection = ConnectionFields(head.fields)
        guard connection.isValid, !connection.isExcessive else { throw .malformedConnection }
        head.keepAlive = !connection.close && (head.version == .http11 || connection.keepAlive)
        let fields = head.fields
        head.offersUpgrade = connection.upgrade && fields.contains(.upgrade)
        head.offersH2C = fields.contains(.upgrade) && offersH2C(fields)

        if let index = fields.first(.expect) {
            guard !fields.isRepeated(.expect),
                fields.value(index).isEqualIgnoringCase(to: "100-continue")
            else { throw .unknownExpectation }
            head.expectsContinue = head.version == .http11 && head.framing != .none && head.framing != .length(0)
        }
    }

    private func offersH2C(_ fields: FieldBlock) -> Bool {
        var next = fields.first(.upgrade)
        while let index = next {
            let value = fields.value(index)
            var position = 0
            while let product = value.nextListElement(&position) {
                if product.isEqualIgnoringCase(to: "h2c") { return true }
            }
            next = fields.first(.upgrade, from: index + 1)
        }
        return false
    }
}
