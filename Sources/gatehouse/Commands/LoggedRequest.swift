import Foundation
import Identity

/// What a line of the access log says of a request.
struct LoggedRequest: Codable {
    let time: String?
    let requestId: String?
    let decisionId: String?
    let client: String?
    let method: String?
    let host: String?
    let path: String?
    let userId: String?
    let status: Int?
    let route: String?
    let outcome: String?
    let reason: String?

    /// How long a path the access log writes whole.
    private static let pathBytesMax = 1_024

    /// Nil when the line is none of the access log's.
    init?(line: Data) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let request = try? decoder.decode(LoggedRequest.self, from: line) else { return nil }
        self = request
    }

    /// What was asked, so that it can be decided again; nil when that was cut, or was never a request.
    var question: (method: String, host: String, path: String)? {
        guard let method, let host, let path, path.utf8.count < Self.pathBytesMax else { return nil }
        let end =
            host.hasPrefix("[") ? host.firstIndex(of: "]").map(host.index(after:)) : host.lastIndex(of: ":")
        return (method, String(host[..<(end ?? host.endIndex)]), path)
    }

    /// The request whose decision id, or own id, this is.
    ///
    /// - Throws: `CommandFailure` when the file cannot be read, and when it names no such request.
    static func find(_ id: String, in file: String) throws -> LoggedRequest {
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw CommandFailure.badInput("The log \(file) cannot be read.")
        }
        defer { try? handle.close() }
        var lines = TextLines(handle)
        let needle = Data(id.lowercased().utf8)
        // Most lines are not looked into.
        while let line = try lines.next() {
            guard line.range(of: needle) != nil, let request = LoggedRequest(line: line) else { continue }
            if request.decisionId == id.lowercased() || request.requestId == id.lowercased() { return request }
        }
        throw CommandFailure.failed(
            "No line of \(file) has the id \(id). If the log was rotated since, name the older file with --log.")
    }

    /// Whether this can be an id: 16 hexadecimal digits of a decision, or 32 of a request.
    static func isID(_ text: String) -> Bool {
        [16, 32].contains(text.utf8.count) && text.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    }

    /// What was decided then, on one line.
    var verdict: String {
        let said = [outcome, status.map(String.init), reason].compactMap(\.self).joined(separator: " ")
        return said + (route.map { " by \($0)" } ?? "")
    }
}
