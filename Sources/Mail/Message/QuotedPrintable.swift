/// Text as ASCII in short lines, still readable (RFC 2045, section 6.7).
enum QuotedPrintable {
    private static let lineBytes = 76
    private static let hexadecimal = Array("0123456789ABCDEF".utf8)

    /// The text with its lines ended by CRLF, the last one too.
    static func encode(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        let text = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            append(Array(line.utf8), to: &output)
            output += [13, 10]
        }
        return output
    }

    private static func append(_ line: [UInt8], to output: inout [UInt8]) {
        var column = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            // White space at a line's end does not survive, and neither does a lone dot everywhere.
            let isPlain =
                switch byte {
                case UInt8(ascii: "="): false
                case UInt8(ascii: " "), UInt8(ascii: "\t"): !isLast
                case UInt8(ascii: "."): column > 0
                default: (33...126).contains(byte)
                }
            let length = isPlain ? 1 : 3
            // The last character may take the place that a soft line break would need.
            if column + length > (isLast ? lineBytes : lineBytes - 1) {
                output += Array("=\r\n".utf8)
                column = 0
            }
            if isPlain {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "="), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            }
            column += length
        }
    }
}
