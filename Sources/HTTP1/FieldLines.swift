import HTTPMessage

/// Reads the field lines of a head, the same for requests and responses (RFC 9112, section 5).
struct FieldLines {
    /// What can be wrong with a field line.
    enum Problem: Error, Hashable {
        /// No name, a space in or after it, or a byte that no name has (CVE-2023-25725, CVE-2019-16276).
        case malformedName
        /// A control byte in a value: NUL, or CR without LF (CVE-2023-45539).
        case malformedValue
        /// A line that begins with white space continues the one before: obsolete, and read in two ways
        /// (RFC 9112, section 5.2).
        case folded
        case tooMany
    }

    /// Reads the lines in `bytes[start..<end]`, of which each ends in CRLF, into `fields`.
    ///
    /// They are copied in one piece. A line that is not written as the gateway would, with one space before the value and
    /// none behind it, is written anew.
    static func read(
        _ bytes: Span<UInt8>, from start: Int, to end: Int, countMax: Int, into fields: FieldBlock
    ) throws(Problem) {
        let shift = fields.append(lines: bytes.extracting(start..<end)) - start
        var position = start
        var count = 0
        while position < end {
            let nameStart = position
            let nameEnd = bytes.firstMarked(from: nameStart, to: end) { $0.equal(to: UInt8(ascii: ":")) }
            let name = bytes.extracting(nameStart..<nameEnd)
            let known = KnownField(name)
            guard nameEnd < end, known != .other || FieldName.isValid(name) else {
                throw bytes[nameStart].isSpaceOrTab ? .folded : .malformedName
            }
            let lineEnd = endOfValue(bytes, from: nameEnd + 1, to: end)
            guard lineEnd + 1 < end, bytes[lineEnd] == UInt8(ascii: "\r"), bytes[lineEnd + 1] == UInt8(ascii: "\n")
            else { throw .malformedValue }
            let valueStart = nameEnd + 2
            if valueStart < lineEnd, bytes[valueStart - 1] == UInt8(ascii: " "), !bytes[valueStart].isSpaceOrTab,
                !bytes[lineEnd - 1].isSpaceOrTab
            {
                fields.append(
                    lineAt: nameStart + shift, nameCount: name.count, valueCount: lineEnd - valueStart, known: known)
            } else {
                fields.append(name: name, value: bytes.extracting(trimmed(bytes, nameEnd + 1..<lineEnd)))
            }
            count += 1
            if known == .cookie { count += crumbs(bytes, nameEnd..<lineEnd) }
            guard count <= countMax else { throw .tooMany }
            position = lineEnd + 2
        }
    }

    /// Where the first byte stands that no value has; `end` if there is none.
    static func endOfValue(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var position = bytes.firstMarked(from: start, to: end) { $0.controls }
        // A tab is the one control byte that a value may have, and rare.
        while position < end, bytes[position] == UInt8(ascii: "\t") {
            position = bytes.firstMarked(from: position + 1, to: end) { $0.controls }
        }
        return position
    }

    /// The range without the white space at either end (OWS: RFC 9110, section 5.6.3).
    private static func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (first, last) = (range.lowerBound, range.upperBound)
        while first < last, bytes[first].isSpaceOrTab { first += 1 }
        while last > first, bytes[last - 1].isSpaceOrTab { last -= 1 }
        return first..<last
    }

    /// How many cookies stand in a Cookie value besides the first.
    private static func crumbs(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Int {
        var count = 0
        var position = value.lowerBound
        while true {
            position = bytes.firstMarked(from: position, to: value.upperBound) { $0.equal(to: UInt8(ascii: ";")) }
            guard position < value.upperBound else { return count }
            count += 1
            position += 1
        }
    }
}

/// What the Content-Length and Transfer-Encoding fields of a head say together (RFC 9112, section 6).
struct FramingFields {
    enum Problem: Error, Hashable {
        /// Not 1*DIGIT, or beyond 2⁶³ − 1 (CVE-2021-40346).
        case malformedLength
        /// More than one Content-Length, whether they agree or not (RFC 9110, section 8.6).
        case severalLengths
        /// Anything but one `chunked` (CVE-2026-40561).
        case malformedTransferEncoding
        /// Both: the classic of request smuggling (RFC 9112, section 6.1; CVE-2026-2835).
        case lengthAndTransferEncoding
    }

    let length: UInt64?
    let isChunked: Bool

    init(_ fields: borrowing FieldBlock) throws(Problem) {
        guard !fields.contains(.contentLength) || !fields.contains(.transferEncoding) else {
            throw .lengthAndTransferEncoding
        }
        guard !fields.isRepeated(.transferEncoding) else { throw .malformedTransferEncoding }
        do throws(ContentLength.Problem) {
            length = try ContentLength.read(fields)
        } catch {
            throw error == .several ? .severalLengths : .malformedLength
        }
        if let index = fields.first(.transferEncoding) {
            guard fields.value(index).isEqualIgnoringCase(to: "chunked") else { throw .malformedTransferEncoding }
            isChunked = true
        } else {
            isChunked = false
        }
    }
}

/// What the Connection fields of a head ask for (RFC 9110, section 7.6.1).
struct ConnectionFields {
    private(set) var close = false
    private(set) var keepAlive = false
    private(set) var upgrade = false
    /// Whether every option is a token.
    private(set) var isValid = true
    /// Whether there are more options than anybody needs: each one is compared with the name of each field.
    var isExcessive: Bool { count > Self.optionsMax }
    private var count = 0

    private static let optionsMax = 32

    init(_ fields: borrowing FieldBlock) {
        var next = fields.first(.connection)
        while let index = next {
            note(fields.value(index))
            next = fields.first(.connection, from: index + 1)
        }
    }

    private mutating func note(_ value: Span<UInt8>) {
        var position = 0
        while let option = value.nextListElement(&position) {
            count += 1
            if option.isEqualIgnoringCase(to: "close") {
                close = true
            } else if option.isEqualIgnoringCase(to: "keep-alive") {
                keepAlive = true
            } else if option.isEqualIgnoringCase(to: "upgrade") {
                upgrade = true
            } else if !option.isEmpty, !FieldName.isValid(option) {
                isValid = false
            }
        }
    }
}
