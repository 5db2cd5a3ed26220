import HTTP1
import HTTPMessage

/// All that a head says, for comparing.
private struct Seen: Equatable {
    let method: [UInt8]
    let target: [UInt8]
    let form: TargetForm
    let path: [UInt8]
    let query: [UInt8]?
    let authority: [UInt8]
    let host: [UInt8]
    let version: HTTPVersion
    let framing: BodyFraming
    let flags: [Bool]
    let fields: [[UInt8]]

    init(_ head: RequestHead) {
        method = head.methodSpan.copied
        target = head.target.copied
        form = head.form
        path = head.path.copied
        query = if let query = head.query { query.copied } else { nil }
        authority = head.authority.copied
        host = head.host.copied
        version = head.version
        framing = head.framing
        flags = [head.keepAlive, head.expectsContinue, head.offersUpgrade, head.offersH2C]
        let block = head.fields
        var fields: [[UInt8]] = []
        for index in 0..<block.count { fields += [block.name(index).copied, block.value(index).copied] }
        self.fields = fields
    }

    /// The request as we would write it.
    var written: [UInt8] {
        var bytes = method + [0x20] + target + Array(version == .http10 ? " HTTP/1.0\r\n".utf8 : " HTTP/1.1\r\n".utf8)
        for index in stride(from: 0, to: fields.count, by: 2) {
            bytes += fields[index] + Array(": ".utf8) + fields[index + 1] + Array("\r\n".utf8)
        }
        return bytes + Array("\r\n".utf8)
    }

    /// What must hold for whatever was accepted.
    func check() {
        for byte in method where !ByteClass.isToken(byte) { finding("a method with a byte that it may not have") }
        for byte in target where !ByteClass.isTarget(byte) { finding("a target with a byte that it may not have") }
        for field in fields.joined() where !ByteClass.isFieldValue(field) { finding("a field with a control byte") }
        if !authority.starts(with: host) { finding("a host that is not the authority's") }
        if authority.isEmpty, version != .http10 { finding("no authority") }
        switch form {
        case .origin, .absolute: if path.first != UInt8(ascii: "/") { finding("a path that is none") }
        case .authority, .asterisk: if !path.isEmpty { finding("a path where there is none") }
        }
        if framing == .chunked, version != .http11 { finding("chunks in HTTP/1.0") }
    }
}

private enum Outcome: Equatable {
    case needMore
    case complete(Int, Seen)
    case refused

    /// Feeds the bytes up to each of the places in turn, into a head that has been used before.
    init(_ bytes: [UInt8], upTo places: [Int], into head: RequestHead, bytesMax: Int = 4096) {
        var parser = RequestParser(limits: HeadLimits(headBytesMax: bytesMax, fieldCountMax: 20, targetBytesMax: 512))
        self = .needMore
        do throws(RequestError) {
            for end in places {
                if case .complete(let consumed) = try parser.parse(bytes.span.extracting(0..<end), into: head) {
                    self = .complete(consumed, Seen(head))
                    return
                }
            }
        } catch {
            if !(400...505).contains(error.status) { finding("a refusal without a status") }
            self = .refused
        }
    }
}

/// A head says the same whole and in parts; and what is accepted, written and read again says the same once more.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequestHead(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe fuzzInput(start, count)
    let head = RequestHead()
    let whole = Outcome(bytes, upTo: [bytes.count], into: head)
    if Outcome(bytes, upTo: cuts(of: bytes), into: head) != whole { finding("parts differ from the whole") }
    if case .complete(let consumed, let seen) = whole {
        if consumed > bytes.count { finding("more consumed than there is") }
        seen.check()
        let written = seen.written
        // A space after each colon may be what it had not before.
        let again = Outcome(written, upTo: [written.count], into: head, bytesMax: 5000)
        if again != .complete(written.count, seen) {
            finding("what is written is not what was read")
        }
    }
    return 0
}
