import HTTPMessage

/// The readings of a path that other servers may have: with duplicate slashes merged, with what follows `;` (or `%3B`,
/// for those that decode first) in a segment dropped, with `%2F` as a slash, with the dots at a segment's end dropped, and
/// with several of these at once (CVE-2021-29492, CVE-2025-66490).
enum PathReadings {
    /// Writes the reading of `path`, a normal form, that `transformations` make. False when that reading leads above
    /// the root.
    static func write(
        _ path: Span<UInt8>, _ transformations: PathTraits, into output: inout ByteBuffer
    ) -> Bool {
        output.clear()
        output.append(UInt8(ascii: "/"))
        var segmentStart = 1
        var isDropping = false
        var position = 1
        while position <= path.count {
            let slash = position < path.count ? slashLength(path, position, transformations) : 1
            if slash > 0 {
                let isLast = position >= path.count
                guard endSegment(&segmentStart, transformations, isLast: isLast, &output) else { return false }
                isDropping = false
                position += slash
                continue
            }
            if transformations.contains(.parameters), isParameterStart(path, position) { isDropping = true }
            if !isDropping { output.append(path[position]) }
            position += 1
        }
        return true
    }

    /// How many bytes at `position` are a slash under this reading; 0 if it is none.
    private static func slashLength(_ path: Span<UInt8>, _ position: Int, _ transformations: PathTraits) -> Int {
        if path[position] == UInt8(ascii: "/") { return 1 }
        return transformations.contains(.encodedSlash) && isEscape(path, position, "2", "F") ? 3 : 0
    }

    private static func isParameterStart(_ path: Span<UInt8>, _ position: Int) -> Bool {
        path[position] == UInt8(ascii: ";") || isEscape(path, position, "3", "B")
    }

    /// Whether the escape of these two digits, in upper case as in every normal form, stands at `position`.
    private static func isEscape(
        _ path: Span<UInt8>, _ position: Int, _ high: Unicode.Scalar, _ low: Unicode.Scalar
    ) -> Bool {
        path[position] == UInt8(ascii: "%") && position + 2 < path.count && path[position + 1] == UInt8(ascii: high)
            && path[position + 2] == UInt8(ascii: low)
    }

    private static func endSegment(
        _ start: inout Int, _ transformations: PathTraits, isLast: Bool, _ output: inout ByteBuffer
    ) -> Bool {
        let length = output.count - start
        let isDot = length == 1 && output.span[start] == UInt8(ascii: ".")
        let isDots =
            length == 2 && output.span[start] == UInt8(ascii: ".") && output.span[start + 1] == UInt8(ascii: ".")
        if isDot {
            output.truncate(to: start)
        } else if isDots {
            guard start > 1 else { return false }
            var end = start - 1
            while end > 1, output.span[end - 1] != UInt8(ascii: "/") { end -= 1 }
            output.truncate(to: end)
            start = end
        } else {
            if transformations.contains(.trailingDot) {
                while output.count > start, output.span[output.count - 1] == UInt8(ascii: ".") {
                    output.truncate(to: output.count - 1)
                }
            }
            if output.count == start, transformations.contains(.emptySegment) { return true }
            if !isLast { output.append(UInt8(ascii: "/")) }
            start = output.count
        }
        return true
    }
}
