import HTTP1
import HTTPMessage

/// All that a head says, for comparing.
private struct Seen: Equatable {
    let status: Int
    let reason: [UInt8]
    let version: HTTPVersion
    let framing: ResponseFraming
    let contentLength: UInt64?
    let keepAlive: Bool
    let fields: [[UInt8]]

    init(_ head: ResponseHead) {
        status = head.status
        reason = head.reason.copied
        version = head.version
        framing = head.framing
        contentLength = head.contentLength
        keepAlive = head.keepAlive
        let block = head.fields
        var fields: [[UInt8]] = []
        for index in 0..<block.count { fields += [block.name(index).copied, block.value(index).copied] }
        self.fields = fields
    }

    /// The head as we would write it.
    var written: [UInt8] {
        var bytes = Array("HTTP/1.\(version == .http10 ? 0 : 1) \(status) ".utf8) + reason + Array("\r\n".utf8)
        for index in stride(from: 0, to: fields.count, by: 2) {
            bytes += fields[index] + Array(": ".utf8) + fields[index + 1] + Array("\r\n".utf8)
        }
        return bytes + Array("\r\n".utf8)
    }

    /// What must hold for whatever was accepted.
    func check(_ method: HTTPMessage.Method) {
        if !(100...599).contains(status) { finding("a status that is none") }
        for byte in reason where !ByteClass.isFieldValue(byte) { finding("a reason with a control byte") }
        for byte in fields.joined() where !ByteClass.isFieldValue(byte) { finding("a field with a control byte") }
        let hasNoBody = method == .head || status < 200 || status == 204 || status == 304
        if hasNoBody != (framing == .none) { finding("a body where there is none") }
        if framing == .untilClose, keepAlive { finding("a connection that is kept and closed") }
        if framing == .chunked, version != .http11 || contentLength != nil { finding("chunks and something else") }
    }
}

private enum Outcome: Equatable {
    case needMore
    case complete(Int, Seen)
    case refused

    init(_ bytes: [UInt8], upTo places: [Int], into head: ResponseHead, _ method: HTTPMessage.Method) {
        var parser = ResponseParser(limits: HeadLimits(headBytesMax: 4096, fieldCountMax: 20))
        self = .needMore
        do throws(ResponseError) {
            for end in places {
                let part = bytes.span.extracting(0..<end)
                if case .complete(let consumed) = try parser.parse(part, into: head, requestMethod: method) {
                    self = .complete(consumed, Seen(head))
                    return
                }
            }
        } catch {
            self = .refused
        }
    }
}

/// A head says the same whole and in parts; and what is accepted, written and read again says the same once more.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzResponseHead(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe fuzzInput(start, count)
    let head = ResponseHead()
    for method in [HTTPMessage.Method.get, .head] {
        let whole = Outcome(bytes, upTo: [bytes.count], into: head, method)
        if Outcome(bytes, upTo: cuts(of: bytes), into: head, method) != whole { finding("parts differ from the whole") }
        if case .complete(let consumed, let seen) = whole {
            if consumed > bytes.count { finding("more consumed than there is") }
            seen.check(method)
            let written = seen.written
            if Outcome(written, upTo: [written.count], into: head, method) != .complete(written.count, seen) {
                finding("what is written is not what was read")
            }
        }
    }
    return 0
}
