import HTTPMessage
import Testing

@Suite struct `Fields` {
    private static let fields = KnownField.allCases.filter { $0 != .other }

    private func text(_ field: KnownField) -> String {
        "\(field.name)"
    }

    private func recognised(_ name: String) -> KnownField { KnownField(Array(name.utf8).span) }

    @Test(arguments: Self.fields) func `a known field is recognised in any case`(field: KnownField) {
        let name = text(field)
        #expect(recognised(name) == field)
        #expect(recognised(name.uppercased()) == field)
        let title = name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
        #expect(recognised(title.joined(separator: "-")) == field)
    }

    @Test(arguments: Self.fields) func `what only resembles a known field is another`(field: KnownField) {
        let name = text(field)
        #expect(recognised(name + "x") == .other)
        #expect(recognised("x" + name) == .other)
        #expect(recognised(String(name.dropLast())) == .other)
        #expect(recognised(String(name.dropLast()) + "\u{212a}") == .other)
        for index in 0..<name.utf8.count {
            var bytes = Array(name.utf8)
            bytes[index] ^= 0x80
            let field = KnownField(bytes.span)
            #expect(field == .other)
        }
        if name.contains("-") { #expect(recognised(name.replacing("-", with: "_")) == .other) }
    }

    @Test func `names are all different, and few enough for a set of 64`() {
        #expect(Set(Self.fields.map(text)).count == Self.fields.count)
        #expect(KnownField.allCases.allSatisfy { $0.rawValue < 64 })
        #expect(recognised("") == .other)
    }

    @Test func `a block keeps fields in order`() {
        let block = FieldBlock()
        block.append(name: "Host", value: "a")
        block.append(name: "X", value: "")
        block.append(name: "HOST", value: "b")
        #expect(block.count == 3)
        #expect(block.first(.host) == 0)
        #expect(block.count(of: .host) == 2)
        #expect(block.contains(.host))
        #expect(!block.contains(.cookie))
        #expect(block.first(.cookie) == nil)
        #expect(block.count(of: .cookie) == 0)
        #expect((0..<3).map { block.name($0).decoded } == ["Host", "X", "HOST"])
        #expect((0..<3).map { block.value($0).decoded } == ["a", "", "b"])
        #expect((0..<3).map(block.known) == [.host, .other, .host])
        block.removeAll()
        #expect(block.isEmpty)
        #expect(!block.contains(.host))
    }

    @Test(arguments: [(-1, 0), (0, 0), (1, 2), (2, 2), (3, nil), (Int.max, nil)] as [(Int, Int?)])
    func `a field is looked for from a place on`(start: Int, found: Int?) {
        let block = FieldBlock()
        let name = Array("CONNECTION".utf8)
        let value = Array("close".utf8)
        #expect(block.append(name: name.span, value: value.span) == .connection)
        block.append(name: "X", value: "")
        block.append(name: "connection", value: "")
        #expect(block.first(.connection, from: start) == found)
    }

    @Test func `a block knows which fields it has twice, and more fields than it has room for at first`() {
        let block = FieldBlock()
        for index in 0..<100 {
            block.append(name: index == 70 ? "HOST" : index == 3 ? "Host" : "X-\(index)", value: "\(index)")
        }
        block.append(name: "Date", value: "today")
        #expect(block.count == 101)
        #expect(block.isRepeated(.host) && !block.isRepeated(.date) && !block.isRepeated(.cookie))
        #expect(block.first(.host) == 3)
        #expect(block.first(.host, from: 4) == 70)
        #expect(block.first(.host, from: 71) == nil)
        #expect(block.first(.date) == 100)
        #expect((0..<100).allSatisfy { block.value($0).decoded == "\($0)" })
        block.removeAll()
        #expect(!block.isRepeated(.host) && block.first(.host) == nil)
        block.append(name: "Host", value: "a")
        #expect(block.first(.host) == 0 && !block.isRepeated(.host))
    }

    @Test func `a line is kept as it came`() {
        let block = FieldBlock()
        block.append(name: "Host", value: "a")
        let lines = Array("Date: today\r\nX: \r\n".utf8)
        let start = block.append(lines: lines.span)
        block.append(lineAt: start, nameCount: 4, valueCount: 5, known: .date)
        block.append(name: "Y", value: "b")
        block.append(lineAt: start + 13, nameCount: 1, valueCount: 0, known: .other)
        #expect((0..<4).map { block.line($0).decoded } == ["Host: a\r\n", "Date: today\r\n", "Y: b\r\n", "X: \r\n"])
        #expect(block.value(1).decoded == "today" && block.value(3).isEmpty)
        #expect(block.first(.date) == 1)
    }

    @Test func `a field can be had as a line`() {
        let block = FieldBlock()
        block.append(name: "Host", value: "example.com")
        block.append(name: "X-Empty", value: "")
        #expect(block.line(0).decoded == "Host: example.com\r\n")
        #expect(block.line(1).decoded == "X-Empty: \r\n")
    }

    @Test func `a block grows with its fields`() {
        let block = FieldBlock()
        for number in 0..<1000 { block.append(name: "Name-\(number)", value: String(repeating: "v", count: number)) }
        for number in 0..<1000 {
            #expect(block.name(number).decoded == "Name-\(number)")
            #expect(block.value(number).count == number)
        }
    }

    @Test(arguments: ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"])
    func `a field of one hop is not forwarded (RFC 9110 7.6.1)`(name: String) {
        #expect(FieldName.isHopByHop(recognised(name)))
    }

    @Test(arguments: ["host", "content-length", "cookie", "authorization", "date", "x"])
    func `other fields go all the way`(name: String) {
        #expect(!FieldName.isHopByHop(recognised(name)))
    }

    @Test(arguments: ["", " ", "a b", "a:", "a\r", "a\n", "é", "a\0", "(a)"]) func `a name is a token`(name: String) {
        #expect(!isValid(name))
        #expect(isValid("X-Ab_1!"))
    }

    private func isValid(_ name: String) -> Bool { FieldName.isValid(Array(name.utf8).span) }

    private func matchesFolded(_ name: String) -> Bool {
        FieldName.matchesFolded(Array(name.utf8).span, Array("x-forwarded-user".utf8).span)
    }

    @Test(arguments: ["X-Forwarded-User", "x_forwarded_user", "X_Forwarded-USER", "X.Forwarded!User"])
    func `names are compared as CGI writes them (CVE-2025-64484)`(name: String) {
        #expect(matchesFolded(name))
        #expect(!matchesFolded(name + "s"))
    }
}

@Suite struct `Text in bytes` {
    @Test func `ASCII letters compare without case, other bytes do not`() {
        #expect(equalIgnoringCase("aZ@[`{\u{e9}", "Az@[`{\u{e9}"))
        #expect(!equalIgnoringCase("@[", "`{"))
        #expect(!equalIgnoringCase("\u{e9}", "\u{c9}"))
        #expect(!equalIgnoringCase("a", "ab"))
        #expect((UInt8.min...UInt8.max).allSatisfy { Unicode.Scalar($0).isASCII || $0.lowercasedASCII == $0 })
    }

    @Test(arguments: ["keep-alive", "KEEP-Alive"]) func `bytes compare with a name in lower case`(text: String) {
        let bytes = Array(text.utf8)
        let ignoringCase = bytes.span.isEqualIgnoringCase(to: "keep-alive")
        let exactly = bytes.span.isEqual(to: "keep-alive")
        let longer = bytes.span.isEqualIgnoringCase(to: "keep-alive ")
        #expect(ignoringCase)
        #expect(exactly == (text == "keep-alive"))
        #expect(!longer)
    }

    /// Long ones are compared eight bytes at a time: every byte must count, wherever it stands.
    @Test(arguments: [7, 8, 9, 16, 23]) func `each byte of a text counts when it is compared`(count: Int) {
        let text = [UInt8](repeating: UInt8(ascii: "-"), count: count)
        for place in 0..<count {
            for left in UInt8.min...UInt8.max {
                for right in [left, left ^ 0x20, left ^ 0x80, left &+ 1, left &+ 0x1A] {
                    var (one, other) = (text, text)
                    one[place] = left
                    other[place] = right
                    let isEqual = one.span.isEqual(to: other.span)
                    let isEqualIgnoringCase = one.span.isEqualIgnoringCase(to: other.span)
                    guard isEqual == (left == right),
                        isEqualIgnoringCase == (left.lowercasedASCII == right.lowercasedASCII)
                    else {
                        Issue.record("\(left) and \(right) at \(place) of \(count)")
                        return
                    }
                }
            }
        }
    }

    private func equalIgnoringCase(_ one: String, _ other: String) -> Bool {
        Array(one.utf8).span.isEqualIgnoringCase(to: Array(other.utf8).span)
    }

    @Test(arguments: [("", true), ("H", true), ("HTTP/", true), ("HTTP/1.1", true), ("HTTq", false), ("h", false)])
    func `a beginning agrees with what it may become`(text: String, agrees: Bool) {
        let found = Array(text.utf8).span.agrees(withPrefix: "HTTP/")
        #expect(found == agrees)
    }

    @Test(arguments: [
        ("", [""]), ("a", ["a"]), ("a,b", ["a", "b"]), (" a \t, b ,", ["a", "b", ""]), (",,", ["", "", ""]),
        ("a b, c", ["a b", "c"]),
    ])
    func `a list has elements (RFC 9110 5.6.1)`(text: String, elements: [String]) {
        let bytes = Array(text.utf8)
        var found: [String] = []
        var position = 0
        while let element = bytes.span.nextListElement(&position) { found.append(element.decoded) }
        #expect(found == elements)
    }

    @Test func `what is not UTF-8 is replaced for people`() {
        let text = ([0x61, 0xFF] as [UInt8]).span.decoded
        #expect(text == "a\u{FFFD}")
    }
}

@Suite struct `Methods and statuses` {
    @Test(arguments: ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"])
    func `a method is recognised with regard to case`(name: String) {
        #expect("\(recognised(name))" == name.lowercased())
        #expect(recognised(name.lowercased()) == .other)
        #expect(recognised(name + "S") == .other)
        #expect(recognised("") == .other)
    }

    private func recognised(_ name: String) -> HTTPMessage.Method { HTTPMessage.Method(Array(name.utf8).span) }

    @Test func `a safe method is idempotent, and POST is neither (RFC 9110 9.2)`() {
        for method in [HTTPMessage.Method.get, .head, .options, .trace] {
            #expect(method.isSafe)
            #expect(method.isIdempotent)
        }
        #expect(HTTPMessage.Method.put.isIdempotent)
        #expect(!HTTPMessage.Method.put.isSafe)
        for method in [HTTPMessage.Method.post, .patch, .connect, .other] {
            #expect(!method.isSafe)
            #expect(!method.isIdempotent)
        }
    }

    @Test func `a status has its phrase (RFC 9110 15)`() {
        #expect("\(HTTPStatus.reasonPhrase(413))" == "Content Too Large")
        #expect("\(HTTPStatus.reasonPhrase(799))" == "")
    }
}
