import CPQ
import Glibc

/// The one owner of a `PGresult`, which nobody changes after it was received: so any thread may read it.
@safe final class QueryResult: @unchecked Sendable {
    private let pointer: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    init(taking pointer: OpaquePointer) {
        unsafe self.pointer = unsafe pointer
        rowCount = Int(unsafe PQntuples(pointer))
        columnCount = Int(unsafe PQnfields(pointer))
    }

    deinit { unsafe PQclear(pointer) }

    var status: ExecStatusType { unsafe PQresultStatus(pointer) }

    /// `SELECT 3`, `COMMIT`, `ROLLBACK`, …
    var commandTag: String { unsafe String(cString: PQcmdStatus(pointer)) }

    /// How many rows an INSERT, UPDATE or DELETE touched.
    var affectedCount: Int { unsafe Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    /// What went wrong, of a result that is an error; nil if libpq gave no SQLSTATE, that is, lost the connection.
    var serverError: ServerError? {
        guard let sqlState = field("C") else { return nil }
        return ServerError(
            sqlState: sqlState, message: field("M") ?? "", detail: field("D"), hint: field("H"),
            constraint: field("n"), table: field("t"), column: field("c"), severity: field("V") ?? "ERROR")
    }

    /// libpq's own words.
    var errorMessage: String { unsafe String(cString: PQresultErrorMessage(pointer)) }

    private func field(_ code: Unicode.Scalar) -> String? {
        guard let text = unsafe PQresultErrorField(pointer, Int32(code.value)) else { return nil }
        return unsafe String(cString: text)
    }

    func columnName(_ column: Int) -> String {
        unsafe PQfname(pointer, Int32(column)).map { unsafe String(cString: $0) } ?? ""
    }

    /// The first column of this name, compared exactly.
    func column(named name: String) -> Int? {
        for column in 0..<columnCount {
            if let other = unsafe PQfname(pointer, Int32(column)), unsafe strcmp(other, name) == 0 { return column }
        }
        return nil
    }

    /// The number in `pg_type` of a column's type.
    func type(_ column: Int) -> UInt32 { unsafe PQftype(pointer, Int32(column)) }

    /// Lends the bytes of a value, which must exist; nil is NULL.
    func withValue<R>(
        _ row: Int, _ column: Int, _ body: (Span<UInt8>) throws(PostgresError) -> R
    ) throws(PostgresError) -> R? {
        guard unsafe PQgetisnull(pointer, Int32(row), Int32(column)) == 0,
            let start = unsafe PQgetvalue(pointer, Int32(row), Int32(column))
        else { return nil }
        let count = Int(unsafe PQgetlength(pointer, Int32(row), Int32(column)))
        let buffer = unsafe UnsafeRawBufferPointer(start: start, count: count).bindMemory(to: UInt8.self)
        return try body(unsafe buffer.span)
    }
}
