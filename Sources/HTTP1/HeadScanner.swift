import Glibc

/// Finds the end of a head among bytes that may come one by one, without looking at any of them twice.
struct HeadScanner {
    /// What a look at the bytes showed.
    enum Finding: Equatable {
        case needMore
        /// The head ends before this offset, its empty line included.
        case end(Int)
        /// A line ends in LF without CR (RFC 9112, section 2.2 allows to refuse it: CVE-2023-25725 is of this kind).
        case bareLineFeed
    }

    /// Where the next look begins: nothing before it ends a line that is not known.
    private var position = 0
    /// Where the present line begins.
    private var lineStart = 0
    /// The offset after the first line's LF; nil as long as the line is not complete.
    private(set) var firstLineEnd: Int?

    init(from start: Int = 0) {
        position = start
        lineStart = start
    }

    mutating func scan(_ bytes: Span<UInt8>) -> Finding {
        while position < bytes.count {
            guard let lineFeed = HeadScanner.firstLineFeed(in: bytes, from: position) else {
                position = bytes.count
                return .needMore
            }
            guard lineFeed > lineStart, bytes[lineFeed - 1] == UInt8(ascii: "\r") else { return .bareLineFeed }
            let isEmpty = lineFeed - 1 == lineStart
            position = lineFeed + 1
            lineStart = position
            if isEmpty { return .end(position) }
            if firstLineEnd == nil { firstLineEnd = lineStart }
        }
        return .needMore
    }

    private static func firstLineFeed(in bytes: Span<UInt8>, from start: Int) -> Int? {
        unsafe bytes.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return nil }
            let found = unsafe memchr(base + start, Int32(UInt8(ascii: "\n")), raw.count - start)
            return unsafe found.map { unsafe UnsafeRawPointer($0) - base }
        }
    }
}
