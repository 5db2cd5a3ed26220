package import HTTPMessage

/// Turns bytes into the head of a response: as strict as with requests, since an upstream may be hostile or broken too.
///
/// Does no I/O. Give it all bytes from the beginning of the response, as often as more have come.
package struct ResponseParser {
    private let limits: HeadLimits
    private var scanner = HeadScanner()

    package init(limits: HeadLimits) { self.limits = limits }

    /// Makes ready for the next response.
    package mutating func reset() { scanner = HeadScanner() }

    /// Reads the head into `head` once it is complete. What follows depends on what was asked: `requestMethod`.
    package mutating func parse(
        _ bytes: Span<UInt8>, into head: ResponseHead, requestMethod: Method
    ) throws(ResponseError) -> HeadProgress {
        // Garbage is recognised by its first bytes, not when a limit is reached.
        guard bytes.agrees(withPrefix: "HTTP/") else { throw .malformedStatusLine }
        switch scanner.scan(bytes) {
        case .bareLineFeed:
            throw .bareLineFeed
        case .needMore:
            if bytes.count > limits.headBytesMax { throw .headTooLarge }
            return .needMore
        case .end(let end):
            guard end <= limits.headBytesMax else { throw .headTooLarge }
            head.reset()
            let fieldsStart = try readStatusLine(bytes, to: end, into: head)
            do throws(FieldLines.Problem) {
                try FieldLines.read(
                    bytes, from: fieldsStart, to: end - 2, countMax: limits.fieldCountMax, into: head.fields)
            } catch {
                throw ResponseError(error)
            }
            try readFraming(head, requestMethod)
            reset()
            return .complete(consumed: end)
        }
    }

    /// `HTTP/1.x SP 3DIGIT [SP reason]` (RFC 9112, section 4). Returns where the fields begin.
    private func readStatusLine(
        _ bytes: Span<UInt8>, to end: Int, into head: ResponseHead
    ) throws(ResponseError) -> Int {
        guard end >= 14, bytes.extracting(0..<7).isEqual(to: "HTTP/1."), bytes[8] == UInt8(ascii: " ") else {
            throw .malformedStatusLine
        }
        switch bytes[7] {
        case UInt8(ascii: "1"): head.version = .http11
        case UInt8(ascii: "0"): head.version = .http10
        default: throw .malformedStatusLine
        }
        var status = 0
        for index in 9..<12 {
            guard ByteClass.isDigit(bytes[index]) else { throw .malformedStatusLine }
            status = status * 10 + Int(bytes[index] - UInt8(ascii: "0"))
        }
        guard (100...599).contains(status) else { throw .malformedStatusLine }
        head.status = status
        var position = 12
        if bytes[position] == UInt8(ascii: " ") {
            position += 1
            let start = position
            position = FieldLines.endOfValue(bytes, from: start, to: end)
            head.setReason(bytes.extracting(start..<position))
        }
        guard position + 1 < end, bytes[position] == UInt8(ascii: "\r"), bytes[position + 1] == UInt8(ascii: "\n")
        else { throw .malformedStatusLine }
        return position + 2
    }

    /// RFC 9112, section 6.3.
    private func readFraming(_ head: ResponseHead, _ requestMethod: Method) throws(ResponseError) {
        let framing: FramingFields
        do throws(FramingFields.Problem) {
            framing = try FramingFields(head.fields)
        } catch {
            throw ResponseError(error)
        }
        if framing.isChunked, head.version != .http11 { throw .malformedTransferEncoding }
        head.contentLength = framing.length
        let claimsBody = framing.isChunked || framing.length ?? 0 > 0
        guard head.status >= 200 || !claimsBody else { throw .interimWithBody }
        if requestMethod == .head || head.status < 200 || head.status == 204 || head.status == 304 {
            head.framing = .none
        } else if framing.isChunked {
            head.framing = .chunked
        } else if let length = framing.length {
            head.framing = .length(length)
        } else {
            head.framing = .untilClose
        }
        let connection = ConnectionFields(head.fields)
        guard !connection.isExcessive else { throw .tooManyConnectionOptions }
        head.keepAlive =
            !connection.close && connection.isValid && (head.version == .http11 || connection.keepAlive)
            && head.framing != .untilClose && !(head.status == 204 && claimsBody)
    }
}

/// Why the head of a response is refused: the client gets 502, and the connection is dropped.
package enum ResponseError: Error, Sendable, Hashable, CaseIterable {
    case bareLineFeed
    case malformedStatusLine
    case headTooLarge
    case tooManyFields
    case malformedFieldName
    case malformedFieldValue
    case foldedField
    case malformedContentLength
    case severalContentLengths
    case malformedTransferEncoding
    case lengthAndTransferEncoding
    case interimWithBody
    case tooManyConnectionOptions

    /// What was wrong, for the log.
    package var reason: String {
        switch self {
        case .bareLineFeed: "a line of the head ends in LF without CR"
        case .malformedStatusLine: "the status line is malformed"
        case .headTooLarge: "the head is too large"
        case .tooManyFields: "there are too many fields"
        case .malformedFieldName: "a field's name is malformed"
        case .malformedFieldValue: "a field's value has a control byte"
        case .foldedField: "a field goes on over a second line"
        case .malformedContentLength: "Content-Length is malformed"
        case .severalContentLengths: "there are several Content-Lengths"
        case .malformedTransferEncoding: "Transfer-Encoding is not exactly one chunked, in HTTP/1.1"
        case .lengthAndTransferEncoding: "there is a Content-Length and a Transfer-Encoding"
        case .interimWithBody: "an interim answer claims to have a body"
        case .tooManyConnectionOptions: "there are too many options of the connection"
        }
    }

    init(_ problem: FieldLines.Problem) {
        switch problem {
        case .malformedName: self = .malformedFieldName
        case .malformedValue: self = .malformedFieldValue
        case .folded: self = .foldedField
        case .tooMany: self = .tooManyFields
        }
    }

    init(_ problem: FramingFields.Problem) {
        switch problem {
        case .malformedLength: self = .malformedContentLength
        case .severalLengths: self = .severalContentLengths
        case .malformedTransferEncoding: self = .malformedTransferEncoding
        case .lengthAndTransferEncoding: self = .lengthAndTransferEncoding
        }
    }
}
