import HTTP1
import HTTPMessage
import Testing

/// Something that must be refused, and where it is known from.
struct Hostile<Refusal: Error & Hashable & Sendable>: CustomTestStringConvertible, Sendable {
    /// The CVE or the section of the RFC.
    let source: String
    let what: String
    let bytes: [UInt8]
    let refusal: Refusal

    init(_ source: String, _ what: String, _ text: String, _ refusal: Refusal) {
        self.init(source, what, bytes: Array(text.utf8), refusal)
    }

    init(_ source: String, _ what: String, bytes: [UInt8], _ refusal: Refusal) {
        self.source = source
        self.what = what
        self.bytes = bytes
        self.refusal = refusal
    }

    var testDescription: String { "\(source): \(what)" }

    /// The same, refused for another reason.
    func refused(_ refusal: Refusal) -> Self { Self(source, what, bytes: bytes, refusal) }
}

/// All that a head of a request says, as text: for comparing.
struct SeenRequest: Equatable {
    let method: HTTPMessage.Method
    let methodName: String
    let target: String
    let form: TargetForm
    let path: String
    let query: String?
    let authority: String
    let host: String
    let version: HTTPVersion
    let framing: BodyFraming
    let keepAlive: Bool
    let expectsContinue: Bool
    let offersUpgrade: Bool
    let offersH2C: Bool
    let fields: [String]

    init(_ head: RequestHead) {
        method = head.method
        methodName = head.methodSpan.decoded
        target = head.target.decoded
        form = head.form
        path = head.path.decoded
        query = if let query = head.query { query.decoded } else { nil }
        authority = head.authority.decoded
        host = head.host.decoded
        version = head.version
        framing = head.framing
        keepAlive = head.keepAlive
        expectsContinue = head.expectsContinue
        offersUpgrade = head.offersUpgrade
        offersH2C = head.offersH2C
        fields = head.fields.texts
    }
}

/// All that a head of a response says, as text.
struct SeenResponse: Equatable {
    let status: Int
    let reason: String
    let version: HTTPVersion
    let framing: ResponseFraming
    let contentLength: UInt64?
    let keepAlive: Bool
    let fields: [String]

    init(_ head: ResponseHead) {
        status = head.status
        reason = head.reason.decoded
        version = head.version
        framing = head.framing
        contentLength = head.contentLength
        keepAlive = head.keepAlive
        fields = head.fields.texts
    }
}

/// Parses a request that must be complete.
func parseRequest(_ text: String, limits: HeadLimits = HeadLimits()) throws(RequestError) -> SeenRequest {
    try parseRequest(bytes: Array(text.utf8), limits: limits)
}

func parseRequest(bytes: [UInt8], limits: HeadLimits = HeadLimits()) throws(RequestError) -> SeenRequest {
    var parser = RequestParser(limits: limits)
    let head = RequestHead()
    let progress = try parser.parse(bytes.span, into: head)
    #expect(progress == .complete(consumed: bytes.count))
    return SeenRequest(head)
}

/// Why a request is refused; nil if it is not, or not yet.
func refusal(of bytes: [UInt8], limits: HeadLimits = HeadLimits()) -> RequestError? {
    var parser = RequestParser(limits: limits)
    do throws(RequestError) {
        _ = try parser.parse(bytes.span, into: RequestHead())
        return nil
    } catch {
        return error
    }
}

func refusal(of text: String, limits: HeadLimits = HeadLimits()) -> RequestError? {
    refusal(of: Array(text.utf8), limits: limits)
}

/// What a parser says when the bytes come in two parts, or one by one.
func refusalByteByByte(of bytes: [UInt8], limits: HeadLimits = HeadLimits()) -> RequestError? {
    var parser = RequestParser(limits: limits)
    let head = RequestHead()
    do throws(RequestError) {
        for end in 0...bytes.count {
            if case .complete = try parser.parse(bytes.span.extracting(0..<end), into: head) { return nil }
        }
        return nil
    } catch {
        return error
    }
}

/// Parses the head of a response that must be complete.
func parseResponse(
    _ text: String, to method: Method = .get, limits: HeadLimits = HeadLimits()
) throws(ResponseError) -> SeenResponse {
    var parser = ResponseParser(limits: limits)
    let head = ResponseHead()
    let bytes = Array(text.utf8)
    let progress = try parser.parse(bytes.span, into: head, requestMethod: method)
    #expect(progress == .complete(consumed: bytes.count))
    return SeenResponse(head)
}

func refusalOfResponse(_ bytes: [UInt8], to method: Method = .get, limits: HeadLimits = HeadLimits()) -> ResponseError?
{
    var parser = ResponseParser(limits: limits)
    do throws(ResponseError) {
        _ = try parser.parse(bytes.span, into: ResponseHead(), requestMethod: method)
        return nil
    } catch {
        return error
    }
}

/// What a decoder makes of a body that comes in the given parts.
struct DecodedBody: Equatable {
    var data: [UInt8] = []
    /// How many bytes belong to the body; nil as long as it has not ended.
    var consumed: Int?
    var error: ChunkError?

    init(_ bytes: [UInt8], cutAt cuts: [Int] = []) {
        var decoder = ChunkedDecoder()
        var position = 0
        do throws(ChunkError) {
            for end in cuts + [bytes.count] {
                reading: while true {
                    let here = bytes.span.extracting(position..<end)
                    switch try decoder.next(here) {
                    case .needMore(let consumed):
                        position += consumed
                        break reading
                    case .data(let skip, let count):
                        data += bytes[(position + skip)..<(position + skip + count)]
                        position += skip + count
                    case .end(let count):
                        consumed = position + count
                        return
                    }
                }
            }
        } catch {
            self.error = error
        }
    }
}

extension Span<UInt8> {
    var copied: [UInt8] { indices.map { self[$0] } }
}

extension FieldBlock {
    /// The fields as text, for comparing.
    var texts: [String] {
        (0..<count).map { "\(name($0).decoded): \(value($0).decoded)" }
    }
}

/// A request with these field lines besides Host.
func get(_ lines: String...) -> String {
    "GET / HTTP/1.1\r\nHost: a.example\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}

func post(_ lines: String...) -> String {
    "POST / HTTP/1.1\r\nHost: a.example\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}
