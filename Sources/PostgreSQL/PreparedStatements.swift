/// Which statements a connection has prepared, by their text.
struct PreparedStatements {
    private var names: [String: String] = [:]
    private var pending: [String: String] = [:]
    private var last = 0

    /// How many statements a connection keeps prepared. What comes after is prepared at each use, without a name.
    static let countMax = 512

    /// Whether a SQLSTATE means that a statement must be prepared again: `cached plan must not change result type`
    /// after a change of a table, and no such statement, after DISCARD or behind a connection pooler.
    static func isStale(_ sqlState: String) -> Bool { sqlState == "0A000" || sqlState == "26000" }

    /// Forgets the names that were given in a batch and never confirmed.
    mutating func beginBatch() { pending.removeAll(keepingCapacity: true) }

    /// The name to use for a statement, and whether it must be prepared first.
    mutating func name(for sql: String) -> (name: String, isNew: Bool) {
        if let name = names[sql] { return (name, false) }
        guard names.count < Self.countMax else { return ("", true) }
        last += 1
        let name = "s\(last)"
        pending[name] = sql
        return (name, true)
    }

    /// The server has prepared the statement of this name.
    mutating func confirm(_ name: String) {
        if let sql = pending.removeValue(forKey: name) { names[sql] = name }
    }

    /// The server's copy is of no use any more. It stays there under a name that is not used again.
    mutating func forget(_ sql: String) { names[sql] = nil }
}
