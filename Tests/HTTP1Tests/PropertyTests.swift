import HTTP1
import HTTPMessage
import LayerTesting
import Testing

/// What must hold for any bytes at all: well-formed ones are spoiled by chance, the same in each run.
@Suite struct `Whatever comes` {
    private static let requests = [
        get("Connection: keep-alive", "Cookie: a=b; c=d", "X-One: two, three"),
        post("Content-Length: 12", "Expect: 100-continue", "Empty:"),
        post("Transfer-Encoding: chunked", "Connection: Upgrade", "Upgrade: websocket"),
        "GET http://a.example:80/x?y HTTP/1.0\r\nHost: a.example:80\r\n\r\n",
        "\r\nOPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    ]
    private static let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: a b\r\n\r\n",
        "HTTP/1.1 404\r\nTransfer-Encoding: chunked\r\nEmpty:\r\n\r\n",
        "HTTP/1.0 302 Found, there\r\nLocation: /\r\nConnection: keep-alive\r\n\r\n",
    ]
    private static let bodies = [
        "5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
        "1\r\na\r\n0\r\nX: y\r\nEmpty:\r\n\r\n",
    ]
    /// How often each text is spoiled.
    private static let rounds = 3000

    @Test(arguments: [UInt8(0), 10, 13, 127], requests)
    func `no NUL, LF, CR or DEL gets into a request (CVE-2023-27493)`(byte: UInt8, text: String) {
        let bytes = Array(text.utf8)
        for place in 0..<(bytes.count - 1) {
            var more = bytes
            more.insert(byte, at: place)
            #expect(!Outcome(of: more).isComplete, "inserted at \(place)")
            guard bytes[place] != byte else { continue }
            var other = bytes
            other[place] = byte
            #expect(!Outcome(of: other).isComplete, "put at \(place)")
        }
    }

    @Test(arguments: [UInt8(0), 10, 13, 127], answers)
    func `no NUL, LF, CR or DEL gets out of an answer (CVE-2024-23326)`(byte: UInt8, text: String) {
        let bytes = Array(text.utf8)
        for place in 0..<(bytes.count - 1) {
            var more = bytes
            more.insert(byte, at: place)
            #expect(!isComplete(answer: more), "inserted at \(place)")
            guard bytes[place] != byte else { continue }
            var other = bytes
            other[place] = byte
            #expect(!isComplete(answer: other), "put at \(place)")
        }
    }

    @Test(arguments: requests) func `a request says the same whole, in parts and written again`(text: String) throws {
        var chance = Chance(seed: UInt64(text.utf8.count))
        var accepted = 0
        for _ in 0..<Self.rounds {
            let bytes = chance.spoil(Array(text.utf8))
            let whole = Outcome(of: bytes)
            #expect(Outcome(byteByByte: bytes) == whole)
            guard case .complete(let consumed, let seen) = whole else { continue }
            accepted += 1
            #expect(consumed <= bytes.count)
            let again = try parseRequest(seen.written)
            #expect(again == seen)
        }
        #expect(accepted > Self.rounds / 50)
    }

    @Test(arguments: answers) func `an answer says the same written again`(text: String) throws {
        var chance = Chance(seed: UInt64(text.utf8.count))
        var accepted = 0
        for _ in 0..<Self.rounds {
            let bytes = chance.spoil(Array(text.utf8))
            var parser = ResponseParser(limits: HeadLimits())
            let head = ResponseHead()
            guard case .complete? = try? parser.parse(bytes.span, into: head, requestMethod: .get) else { continue }
            accepted += 1
            let seen = SeenResponse(head)
            let again = try parseResponse(seen.written)
            #expect(again == seen)
        }
        #expect(accepted > Self.rounds / 50)
    }

    @Test(arguments: bodies) func `a chunked body is the same whole and in parts`(text: String) {
        var chance = Chance(seed: UInt64(text.utf8.count))
        for _ in 0..<Self.rounds {
            let bytes = chance.spoil(Array(text.utf8))
            let whole = DecodedBody(bytes)
            #expect(DecodedBody(bytes, cutAt: Array(0...bytes.count)) == whole)
            #expect(whole.data.count < max(1, bytes.count))
        }
    }
}

/// What a parser makes of a request. Which of several faults is found first may depend on how the bytes come; whether
/// one is found may not.
private enum Outcome: Equatable {
    case needMore
    case refused
    case complete(Int, SeenRequest)

    init(of bytes: [UInt8]) { self.init(bytes, upTo: [bytes.count]) }

    init(byteByByte bytes: [UInt8]) { self.init(bytes, upTo: Array(0...bytes.count)) }

    var isComplete: Bool { if case .complete = self { true } else { false } }

    private init(_ bytes: [UInt8], upTo places: [Int]) {
        var parser = RequestParser(limits: HeadLimits())
        let head = RequestHead()
        self = .needMore
        do throws(RequestError) {
            for end in places {
                if case .complete(let consumed) = try parser.parse(bytes.span.extracting(0..<end), into: head) {
                    self = .complete(consumed, SeenRequest(head))
                    return
                }
            }
        } catch {
            self = .refused
        }
    }
}

private func isComplete(answer bytes: [UInt8]) -> Bool {
    var parser = ResponseParser(limits: HeadLimits())
    guard case .complete? = try? parser.parse(bytes.span, into: ResponseHead(), requestMethod: .get) else {
        return false
    }
    return true
}

extension SeenRequest {
    fileprivate var written: String {
        "\(methodName) \(target) \(version.name)\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }
}

extension SeenResponse {
    fileprivate var written: String {
        "\(version.name) \(status) \(reason)\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }
}

/// Chance that is the same in each run.
private struct Chance {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// What parsers stumble over.
    private static let bytes = Array("\r\n \t:;,=?#/%\\\0\u{7f}\u{b}0159aAfFgxX-_+.[]@*\"".utf8)

    /// Removes, repeats, inserts and exchanges a few bytes. ASCII stays ASCII, so that texts compare as bytes do.
    mutating func spoil(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...generator.next(below: 3) where !bytes.isEmpty {
            let place = generator.next(below: bytes.count)
            switch generator.next(below: 5) {
            case 0: bytes.remove(at: place)
            case 1: bytes.insert(bytes[place], at: place)
            case 2: bytes.insert(Self.bytes[generator.next(below: Self.bytes.count)], at: place)
            case 3: bytes[place] = Self.bytes[generator.next(below: Self.bytes.count)]
            default: bytes[place] = UInt8(truncatingIfNeeded: 0x21 + generator.next(below: 94))
            }
        }
        return bytes
    }
}
