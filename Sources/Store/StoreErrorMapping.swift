import Identity
import PostgreSQL

extension StoreError {
    /// What an error of the client or the server means to whoever asked a store: the one place where SQLSTATEs are
    /// read (PostgreSQL manual, appendix A).
    init(_ error: PostgresError) {
        switch error {
        case .unavailable, .timedOut, .overloaded, .cancelled: self = .unavailable(error.description)
        case .invalidParameter: self = .refused("A value holds what the database cannot store.")
        case .unexpected: self = .unexpected(error.description)
        case .server(let server): self.init(server, isUnavailability: error.isUnavailability)
        }
    }

    private init(_ error: ServerError, isUnavailability: Bool) {
        let constraint = error.constraint ?? ""
        switch error.sqlState {
        // unique_violation
        case "23505": self = .conflict(field: ModelRules.uniqueFields[constraint] ?? constraint)
        // foreign_key_violation: what was referred to is gone or never was.
        case "23503": self = .notFound
        // check_violation
        case "23514": self = ModelRules.refusal(constraint)
        // raise_exception: a trigger of ours, whose words are for people.
        case "P0001": self = .refused(error.message)
        // invalid_catalog_name: there is no such database; and no such user, or a wrong password.
        case "3D000", "28000", "28P01": self = .unavailable(error.message)
        // query_canceled, serialization_failure, deadlock_detected: nothing was done, and trying again helps.
        case "57014", "40001", "40P01": self = .unavailable(error.description)
        // undefined table, column, function, type or schema
        case "42P01", "42703", "42883", "42704", "3F000": self = Schema.mismatch(error.message)
        // string_data_right_truncation
        case "22001": self = .refused("A text is too long for where it belongs.")
        case let state where state.hasPrefix("22") || state == "23502":
            self = .refused("A value is not of the form that the database takes (\(error.message)).")
        case _ where isUnavailability: self = .unavailable(error.description)
        default: self = .unexpected(error.description)
        }
    }
}

/// Runs what talks to the database, and turns its errors into ours.
func storing<Answer>(
    _ body: () async throws(PostgresError) -> Answer
) async throws(StoreError) -> Answer {
    do { return try await body() } catch { throw StoreError(error) }
}

/// Reads rows, and turns an answer that is not what we asked for into an error of ours.
func reading<Answer>(_ body: () throws(PostgresError) -> Answer) throws(StoreError) -> Answer {
    do { return try body() } catch { throw StoreError(error) }
}
