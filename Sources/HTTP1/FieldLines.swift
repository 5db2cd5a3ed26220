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
    static func read(
        _ bytes: Span<UInt8>, from start: Int, to end: Int, countMax: Int, into fields: FieldBlock
    ) throws(Problem) {
        var position = start
        var count = 0
        while position < end {
            if bytes[position].isSpaceOrTab { throw .folded }
            let nameStart = position
            position = endOfName(bytes, from: position, to: end)
            guard position < end, bytes[position] == UInt8(ascii: ":"), position > nameStart else {
                throw .malformedName
            }
            let name = nameStart..<position
            position += 1
            while position < end, bytes[position].isSpaceOrTab { position += 1 }
            let valueStart = position
            position = endOfValue(bytes, from: position, to: end)
            guard position + 1 < end, bytes[position] == UInt8(ascii: "\r"), bytes[position + 1] == UInt8(ascii: "\n")
            else { throw .malformedValue }
            var valueEnd = position
            while valueEnd > valueStart, bytes[valueEnd - 1].isSpaceOrTab { valueEnd -= 1 }
            position += 2
            let value = bytes.extracting(valueStart..<valueEnd)
            let known = fields.append(name: bytes.extracting(name), value: value)
            count += 1
            if known == .cookie { count += crumbs(value) }
            guard count <= countMax else { throw .tooMany }
        }
    }

    /// Where the first byte stands that no name has; `end` if there is none. Neither is beyond the bytes.
    private static func endOfName(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        unsafe bytes.withUnsafeBytes { raw in
            var position = start
            while position < end, unsafe ByteClass.isToken(raw[position]) { position &+= 1 }
            return position
        }
    }

    /// Where the first byte stands that no value has; `end` if there is none.
    ///
    /// Looks at eight bytes at once: what is taken from a byte's low seven bits, or added to them, tells in the high bit
    /// whether the byte is a control byte. Tab is one of them, and rare: it is looked at by itself.
    private static func endOfValue(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        unsafe bytes.withUnsafeBytes { raw in
            var position = start
            while true {
                while position + 8 <= end {
                    let word = unsafe raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                    let low = word & 0x7f7f_7f7f_7f7f_7f7f
                    let isAboveSpace = low &+ 0x6060_6060_6060_6060
                    let isDelete = low &+ 0x0101_0101_0101_0101
                    let controls = ~word & (~isAboveSpace | isDelete) & 0x8080_8080_8080_8080
                    if controls != 0 {
                        position += UInt64(littleEndian: controls).trailingZeroBitCount / 8
                        break
                    }
                    position += 8
                }
                while position < end, unsafe ByteClass.isFieldValue(raw[position]) {
                    let wasTab = unsafe raw[position] == 0x09
                    position += 1
                    if wasTab { break }
                }
                guard position < end, unsafe ByteClass.isFieldValue(raw[position]) else { return position }
            }
        }
    }

    /// How many cookies stand in a Cookie value besides the first.
    private static func crumbs(_ value: Span<UInt8>) -> Int {
        var count = 0
        for index in value.indices where value[index] == UInt8(ascii: ";") { count += 1 }
        return count
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

    init(_ fields: FieldBlock) throws(Problem) {
        let lengths = fields.count(of: .contentLength)
        let encodings = fields.count(of: .transferEncoding)
        guard lengths == 0 || encodings == 0 else { throw .lengthAndTransferEncoding }
        guard lengths <= 1 else { throw .severalLengths }
        guard encodings <= 1 else { throw .malformedTransferEncoding }
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

    init(_ fields: FieldBlock) {
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
