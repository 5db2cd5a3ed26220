/// Writes the Prometheus text format, version 0.0.4.
struct PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    enum Kind: String {
        case counter, gauge, histogram
    }

    private(set) var bytes: [UInt8] = []

    /// Begins a metric: its `HELP` and `TYPE` lines.
    mutating func begin(_ name: String, _ kind: Kind, help: String) {
        append("# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n")
    }

    /// One line: a name, its labels and a number.
    mutating func sample(_ name: String, _ labels: [(name: String, value: String)], _ value: some BinaryInteger) {
        sample(name, labels, text: "\(value)")
    }

    /// One line without labels.
    mutating func sample(_ name: String, _ value: some BinaryInteger) { sample(name, [], text: "\(value)") }

    /// A whole histogram, with its bucket ends and its sum in seconds.
    mutating func histogram(_ name: String, help: String, _ histogram: Histogram) {
        begin(name, .histogram, help: help)
        var cumulative: UInt64 = 0
        for (bound, count) in zip(Histogram.bounds, histogram.counts) {
            cumulative &+= count
            sample("\(name)_bucket", [("le", Self.seconds(bound))], cumulative)
        }
        sample("\(name)_bucket", [("le", "+Inf")], histogram.count)
        sample("\(name)_sum", [], text: Self.seconds(histogram.sumMicroseconds))
        sample("\(name)_count", histogram.count)
    }

    private mutating func sample(_ name: String, _ labels: [(name: String, value: String)], text: String) {
        append(name)
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
            append("{\(pairs.joined(separator: ","))}")
        }
        append(" \(text)\n")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Microseconds as seconds, exactly: `0.0025`.
    static func seconds(_ microseconds: UInt64) -> String {
        let fraction = String(microseconds % 1_000_000)
        let padded = String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
        let digits = padded.utf8.reversed().drop { $0 == UInt8(ascii: "0") }.reversed()
        let whole = String(microseconds / 1_000_000)
        return digits.isEmpty ? whole : "\(whole).\(String(decoding: Array(digits), as: UTF8.self))"
    }

    /// Backslash, line feed and, in a label's value, the quote are escaped; all else stands as it is.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
