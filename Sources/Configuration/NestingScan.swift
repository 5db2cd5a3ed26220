/// Looks for YAML that is nested so deeply that reading it would use up the stack: the reader calls itself for each
/// level.
///
/// Counts what could open a level and never too little, so it lets through more than is allowed in the end, and nothing
/// that the reader could not bear.
enum NestingScan {
    private static let levelsMax = 500

    /// Where the text first exceeds what can be read; nil if it never does.
    static func firstTooDeep(in text: String, file: String) -> SourceLocation? {
        var line = 1
        var column = 1
        // Open brackets, which may stand in quotes or comments as well.
        var brackets = 0
        // How far a line is indented, markers of lists and keys included: each level of blocks needs one more.
        var indentation = 0
        var isIndenting = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                line += byte == UInt8(ascii: "\n") ? 1 : 0
                (column, indentation, isIndenting) = (0, 0, true)
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: "\t"):
                if isIndenting { indentation += 1 }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
                isIndenting = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                brackets = max(0, brackets - 1)
                isIndenting = false
            default: isIndenting = false
            }
            if brackets > levelsMax || indentation > levelsMax {
                return SourceLocation(file: file, line: line, column: column)
            }
            column += 1
        }
        return nil
    }
}
