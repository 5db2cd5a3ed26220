/// The rows that a query returned, and how many rows it touched.
package struct Rows: Sendable, RandomAccessCollection {
    let result: QueryResult

    package var startIndex: Int { 0 }
    package var endIndex: Int { result.rowCount }
    package subscript(position: Int) -> Row {
        precondition(indices.contains(position), "there is no row \(position)")
        return Row(result: result, index: position)
    }

    /// How many rows an INSERT, UPDATE or DELETE touched, or a SELECT returned.
    package var affectedCount: Int { result.affectedCount }
    package var columnNames: [String] { (0..<result.columnCount).map { result.columnName($0) } }
}

/// One row. Columns are read by name and type; what does not fit throws `PostgresError.unexpected`, never traps.
package struct Row: Sendable {
    fileprivate let result: QueryResult
    fileprivate let index: Int

    /// Text, and the text form of numbers, booleans, identifiers, times, addresses and JSON.
    package func text(_ column: String) throws(PostgresError) -> String { try required(column, PostgresBinary.text) }
    package func textIfPresent(_ column: String) throws(PostgresError) -> String? {
        try ifPresent(column, PostgresBinary.text)
    }
    /// smallint, integer or bigint.
    package func int(_ column: String) throws(PostgresError) -> Int64 { try required(column, PostgresBinary.int) }
    package func intIfPresent(_ column: String) throws(PostgresError) -> Int64? {
        try ifPresent(column, PostgresBinary.int)
    }
    /// smallint, integer or bigint that fits.
    package func int32(_ column: String) throws(PostgresError) -> Int32 {
        let wide = try int(column)
        guard let number = Int32(exactly: wide) else { throw .unexpected("column \(column): \(wide) is too large") }
        return number
    }
    /// real or double precision.
    package func double(_ column: String) throws(PostgresError) -> Double {
        try required(column, PostgresBinary.double)
    }
    package func bool(_ column: String) throws(PostgresError) -> Bool { try required(column, PostgresBinary.bool) }
    package func boolIfPresent(_ column: String) throws(PostgresError) -> Bool? {
        try ifPresent(column, PostgresBinary.bool)
    }
    /// bytea.
    package func bytes(_ column: String) throws(PostgresError) -> [UInt8] {
        try required(column, PostgresBinary.bytes)
    }
    package func bytesIfPresent(_ column: String) throws(PostgresError) -> [UInt8]? {
        try ifPresent(column, PostgresBinary.bytes)
    }
    package func uuid(_ column: String) throws(PostgresError) -> PostgresUUID {
        try required(column, PostgresBinary.uuid)
    }
    package func uuidIfPresent(_ column: String) throws(PostgresError) -> PostgresUUID? {
        try ifPresent(column, PostgresBinary.uuid)
    }
    /// timestamptz in microseconds since 1970; `Int64.min` and `.max` are the infinities.
    package func timestamp(_ column: String) throws(PostgresError) -> Int64 {
        try required(column, PostgresBinary.timestamp)
    }
    package func timestampIfPresent(_ column: String) throws(PostgresError) -> Int64? {
        try ifPresent(column, PostgresBinary.timestamp)
    }
    /// A one-dimensional array of text-like elements, none of them NULL.
    package func texts(_ column: String) throws(PostgresError) -> [String] {
        try required(column) { bytes, type throws(PostgresError) in
            try PostgresBinary.array(bytes, type, PostgresBinary.text)
        }
    }
    /// A one-dimensional array of integers, none of them NULL.
    package func ints(_ column: String) throws(PostgresError) -> [Int64] {
        try required(column) { bytes, type throws(PostgresError) in
            try PostgresBinary.array(bytes, type, PostgresBinary.int)
        }
    }

    package func isNull(_ column: String) throws(PostgresError) -> Bool {
        try ifPresent(column) { _, _ in true } == nil
    }

    private func required<Value>(
        _ column: String, _ decode: (Span<UInt8>, UInt32) throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        guard let value = try ifPresent(column, decode) else { throw .unexpected("column \(column) is NULL") }
        return value
    }

    private func ifPresent<Value>(
        _ column: String, _ decode: (Span<UInt8>, UInt32) throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value? {
        guard let number = result.column(named: column) else { throw .unexpected("there is no column \(column)") }
        let type = result.type(number)
        do throws(PostgresError) {
            return try result.withValue(index, number) { bytes throws(PostgresError) in
                try decode(bytes, type)
            }
        } catch {
            if case .unexpected(let reason) = error { throw .unexpected("column \(column): \(reason)") }
            throw error
        }
    }
}
