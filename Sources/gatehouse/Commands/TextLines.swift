import Foundation

/// The lines of a file, one after the other, however large it is.
struct TextLines {
    private let file: FileHandle
    private var buffer = Data()
    private var isAtEnd = false
    /// A line that is longer is cut: no file of ours has such, and no other shall fill the memory.
    private static let lineBytesMax = 1024 * 1024

    init(_ file: FileHandle) { self.file = file }

    /// The next line without its end; nil after the last.
    mutating func next() throws -> Data? {
        var searched = buffer.startIndex
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffer = Data(buffer[buffer.index(after: end)...]) }
                return Data(buffer[..<end])
            }
            searched = buffer.endIndex
            if isAtEnd || buffer.count > Self.lineBytesMax {
                defer { buffer = Data() }
                return buffer.isEmpty ? nil : buffer
            }
            if let more = try file.read(upToCount: 65_536), !more.isEmpty { buffer += more } else { isAtEnd = true }
        }
    }
}
