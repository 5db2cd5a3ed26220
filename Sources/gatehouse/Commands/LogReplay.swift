import Foundation
import Identity
import Policy

/// Decides the requests of an access log again, under two tables.
///
/// A log holds no query strings and cuts long paths: what was cut is passed over, and counted.
struct LogReplay {
    /// Requests of one kind that would be decided differently.
    struct Change: Encodable {
        let request: String
        let user: String
        let old: String
        let new: String
        let count: Int
    }

    struct Outcome: Encodable {
        /// The most frequent first.
        let changed: [Change]
        let requests: Int
        /// Lines that are no requests that were decided, or name somebody who is gone.
        let skipped: Int
    }

    private struct Kind: Hashable {
        let request: String
        let user: String
        let old: String
        let new: String
    }

    let old: RouteTable
    let new: RouteTable

    func run(_ file: String, principal: (UserID) async throws -> Principal?) async throws -> Outcome {
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw CommandFailure.badInput("The log \(file) cannot be read.")
        }
        defer { try? handle.close() }
        var lines = TextLines(handle)
        let now = SystemClock().now()
        var people: [UserID: Principal?] = [:]
        var counts: [Kind: Int] = [:]
        var requests = 0
        var skipped = 0
        while let text = try lines.next() {
            guard let line = LoggedRequest(line: text), let (method, host, path) = line.question else {
                skipped += 1
                continue
            }
            var person: Principal?
            if let name = line.userId {
                guard let id = UserID(name) else {
                    skipped += 1
                    continue
                }
                if people[id] == nil { people[id] = .some(try await principal(id)) }
                person = people[id] ?? nil
                guard person != nil else {
                    skipped += 1
                    continue
                }
            }
            requests += 1
            let verdicts = [old, new].map {
                $0.verdict(method: method, host: host, path: path, principal: person, at: now)
            }
            guard verdicts[0].isAllowed != verdicts[1].isAllowed else { continue }
            let kind = Kind(
                request: "\(method) https://\(host)\(path)", user: person?.username ?? person?.email ?? "anybody",
                old: verdicts[0].text, new: verdicts[1].text)
            counts[kind, default: 0] += 1
        }
        let changed = counts.map { Change(request: $0.request, user: $0.user, old: $0.old, new: $0.new, count: $1) }
        return Outcome(
            changed: changed.sorted { ($1.count, $0.request) < ($0.count, $1.request) }, requests: requests,
            skipped: skipped)
    }
}
