/// Looks for YAML that the reader could not bear: nested so deeply that it would use up the stack, since the reader calls
/// itself for each level, or with keys that are nested at all deeply, since it takes twice as long for each level to
/// compare two of them.
///
/// Counts what could open a level and never too little, so it lets through more than is allowed in the end, and nothing
/// that the reader could not bear.
struct NestingScan {
    private static let levelsMax = 500
    private static let levelsInKeysMax = 8

    /// A bracket that is open; it may stand in quotes or comments as well.
    private struct Bracket {
        let byte: UInt8
        /// Whether what it holds is a key, or could be one.
        let isKey: Bool
        /// How many levels were opened in it so far.
        var height = 1
    }

    private var brackets: [Bracket] = []
    /// How far the line is indented, markers of lists and keys included: each level of blocks needs one more.
    private var indentation = 0
    private var isIndenting = true
    /// Where a key begins that is written with `?` and may take several lines.
    private var explicitKey: Int?
    /// Where the byte before this one was such a `?`.
    private var questionMark: Int?
    /// The last byte that was no white space.
    private var last: UInt8 = 0
    /// How many levels the bracket had that was closed last, until something else but white space follows.
    private var closed = 0

    /// Where the text first exceeds what can be read; nil if it never does.
    static func firstTooDeep(in text: String, file: String) -> SourceLocation? {
        var scan = NestingScan()
        var line = 1
        var column = 1
        for byte in text.utf8 {
            if scan.goesTooDeep(with: byte) { return SourceLocation(file: file, line: line, column: column) }
            column += 1
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                line += byte == UInt8(ascii: "\n") ? 1 : 0
                column = 1
            }
        }
        return nil
    }

    private mutating func goesTooDeep(with byte: UInt8) -> Bool {
        if let begin = questionMark {
            // Before anything but white space it is a character like any other.
            if [0x20, 0x09, 0x0A, 0x0D].contains(byte) { explicitKey = min(explicitKey ?? begin, begin) }
            questionMark = nil
        }
        switch byte {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
            indentation = 0
            isIndenting = true
            return false
        case UInt8(ascii: " "), UInt8(ascii: "\t"):
            if isIndenting { indentation += 1 }
        case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
            if byte == UInt8(ascii: ":"), closed > Self.levelsInKeysMax { return true }
            if isIndenting {
                if byte == UInt8(ascii: "?") { questionMark = indentation }
                indentation += 1
            }
            note(byte)
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            stopIndenting()
            let isKey =
                brackets.last?.byte == UInt8(ascii: "{") && last != UInt8(ascii: ":") || last == UInt8(ascii: "?")
            brackets.append(Bracket(byte: byte, isKey: isKey))
            note(byte)
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            stopIndenting()
            note(byte)
            if let inner = brackets.popLast() {
                closed = inner.height
                if let outer = brackets.indices.last {
                    brackets[outer].height = max(brackets[outer].height, inner.height + 1)
                }
                if inner.isKey, inner.height > Self.levelsInKeysMax { return true }
            }
        default:
            stopIndenting()
            note(byte)
        }
        if let explicitKey, indentation - explicitKey + brackets.count > 2 * Self.levelsInKeysMax { return true }
        return brackets.count > Self.levelsMax || indentation > Self.levelsMax
    }

    private mutating func note(_ byte: UInt8) {
        last = byte
        closed = 0
    }

    /// What the line says begins here. A line that is indented less ends a key of several lines.
    private mutating func stopIndenting() {
        guard isIndenting else { return }
        isIndenting = false
        if let begin = explicitKey, indentation < begin { explicitKey = nil }
    }
}
