import HTTPMessage

/// Why a pattern cannot be used: what is wrong, and what would be right.
package struct PatternProblem: Error, Sendable, Hashable {
    package let found: String
    package let allowed: String
}

/// Which hosts: exact, `*.example.com` (one label in place of the star), or with one label `{plant}`.
package struct HostPattern: Sendable, Hashable, CustomStringConvertible {
    enum Label: Sendable, Hashable {
        case literal(String)
        case plant
        case any
    }

    let labels: [Label]

    package init(_ text: String) throws(PatternProblem) {
        let allowed = "a host like spc.example.com, *.example.com or {plant}.example.com, without a port"
        guard !text.isEmpty, text.utf8.count <= 253 else {
            throw PatternProblem(found: "\"\(text)\"", allowed: allowed)
        }
        var labels: [Label] = []
        for (index, label) in text.split(separator: ".", omittingEmptySubsequences: false).enumerated() {
            switch label {
            case "*":
                guard index == 0 else {
                    throw PatternProblem(found: "a * that is not the first label", allowed: allowed)
                }
                labels.append(.any)
            case "{plant}":
                guard !labels.contains(.plant) else { throw PatternProblem(found: "{plant} twice", allowed: allowed) }
                labels.append(.plant)
            default:
                guard (1...63).contains(label.utf8.count), label.utf8.allSatisfy(HostPattern.isLabelByte) else {
                    throw PatternProblem(found: "the label \"\(label)\"", allowed: allowed)
                }
                labels.append(.literal(label.lowercased()))
            }
        }
        if labels.contains(.any), labels.contains(.plant) {
            throw PatternProblem(found: "* and {plant} in one host", allowed: allowed)
        }
        self.labels = labels
    }

    private static func isLabelByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    package var capturesPlant: Bool { labels.contains(.plant) }

    /// The host if it is one alone.
    package var exact: String? { capturesPlant || labels.contains(.any) ? nil : description }

    package var description: String {
        labels.map { label in
            switch label {
            case .literal(let text): text
            case .plant: "{plant}"
            case .any: "*"
            }
        }.joined(separator: ".")
    }
}

/// Which paths: literal segments, `*` for one segment, `{plant}` for the one that names the plant, a last `**` for any
/// rest, nothing included.
package struct PathPattern: Sendable, Hashable, CustomStringConvertible {
    enum Segment: Sendable, Hashable {
        /// In normal form.
        case literal(String)
        case plant
        case any
    }

    let segments: [Segment]
    let hasRest: Bool

    package init(_ text: String) throws(PatternProblem) {
        let allowed = "a path like /plants/{plant}/**, of literal segments, * and {plant}, with ** at most at the end"
        guard text.hasPrefix("/") else {
            throw PatternProblem(found: "\"\(text)\", which does not begin with /", allowed: allowed)
        }
        guard text.utf8.count <= 2048 else {
            throw PatternProblem(found: "more than 2048 characters", allowed: allowed)
        }
        var parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        hasRest = parts.last == "**"
        if hasRest { parts.removeLast() }
        var segments: [Segment] = []
        for (index, part) in parts.enumerated() {
            switch part {
            case "**": throw PatternProblem(found: "** that is not the last segment", allowed: allowed)
            case "*": segments.append(.any)
            case "{plant}":
                guard !segments.contains(.plant) else { throw PatternProblem(found: "{plant} twice", allowed: allowed) }
                segments.append(.plant)
            case "" where index < parts.count - 1 || hasRest:
                throw PatternProblem(found: "an empty segment", allowed: allowed)
            default:
                segments.append(.literal(try PathPattern.normal(part, allowed)))
            }
        }
        self.segments = segments
    }

    /// The normal form of a literal segment, as requests are compared in.
    private static func normal(_ segment: Substring, _ allowed: String) throws(PatternProblem) -> String {
        guard !segment.contains("*"), !segment.contains("{"), !segment.contains("}") else {
            throw PatternProblem(found: "\"\(segment)\", where * or {plant} is not a whole segment", allowed: allowed)
        }
        var escaped = "/"
        for byte in segment.utf8 {
            if byte > 0x20, byte < 0x7F {
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += digits.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        var output = ByteBuffer(minimumCapacity: 64)
        do throws(PathRefusal) {
            let traits = try PathNormalizer.normalize(escaped.utf8.span, into: &output)
            let normal = output.span.decoded
            guard traits.isDisjoint(with: [.encodedSlash]), normal.utf8.count > 1 || segment.isEmpty else {
                throw PathRefusal.encodedSlash
            }
            return String(normal.dropFirst())
        } catch {
            throw PatternProblem(found: "\"\(segment)\": \(error.detail)", allowed: allowed)
        }
    }

    package var capturesPlant: Bool { segments.contains(.plant) }

    private init(segments: [Segment], hasRest: Bool) {
        self.segments = segments
        self.hasRest = hasRest
    }

    /// Every path: what a route without one has.
    static let everything = PathPattern(segments: [], hasRest: true)

    /// The pattern with its literal segments in lower case.
    var caseless: PathPattern {
        let segments = segments.map { segment in
            if case .literal(let text) = segment { Segment.literal(text.lowercased()) } else { segment }
        }
        return PathPattern(segments: segments, hasRest: hasRest)
    }

    package var description: String {
        let parts = segments.map { segment in
            switch segment {
            case .literal(let text): text
            case .plant: "{plant}"
            case .any: "*"
            }
        }
        return "/" + (parts + (hasRest ? ["**"] : [])).joined(separator: "/")
    }
}
