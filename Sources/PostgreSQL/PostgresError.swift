/// Why the database did not do what it was asked. Carries no parameter of a query: those may be secret.
package enum PostgresError: Error, Sendable, Hashable {
    /// There is no connection, or it was lost in between. Whether a statement took effect is then not known.
    case unavailable(String)
    /// The deadline passed first. What ran was cancelled, as far as the server could be told.
    case timedOut
    /// Too many queries wait for a connection already.
    case overloaded
    /// The task that asked was cancelled.
    case cancelled
    /// The server refused, with its SQLSTATE.
    case server(ServerError)
    /// A parameter that PostgreSQL cannot take, such as text with a NUL character. Nothing was sent.
    case invalidParameter(String)
    /// An answer that is not what was expected: another type, a NULL, no such column, another protocol.
    case unexpected(String)

    /// Whether this tells of the database's absence rather than of the query: trying later may help.
    package var isUnavailability: Bool {
        switch self {
        case .unavailable, .timedOut, .overloaded: true
        case .server(let error): error.isUnavailability
        case .cancelled, .invalidParameter, .unexpected: false
        }
    }

    /// The five characters of SQLSTATE, if the server gave them.
    package var sqlState: String? {
        if case .server(let error) = self { error.sqlState } else { nil }
    }
}

extension PostgresError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let reason): "the database cannot be reached: \(reason)"
        case .timedOut: "the database did not answer in time"
        case .overloaded: "too many queries wait for the database"
        case .cancelled: "the query was cancelled"
        case .server(let error): error.description
        case .invalidParameter(let reason): "a query's parameter cannot be sent: \(reason)"
        case .unexpected(let reason): "the database answered unexpectedly: \(reason)"
        }
    }
}

/// What the server said (PostgreSQL manual, section 55.8).
///
/// It is cleaned of values that came from a query's parameters: the detail of integrity errors quotes whole rows
/// ("Failing row contains …"), and the message of data errors quotes the input (`invalid input syntax …: "…"`).
package struct ServerError: Error, Sendable, Hashable {
    /// Five characters (PostgreSQL manual, appendix A); `23505` is a unique violation.
    package let sqlState: String
    package let message: String
    /// Only where it cannot quote data.
    package let detail: String?
    package let hint: String?
    /// The constraint's name, for the class `23`.
    package let constraint: String?
    package let table: String?
    package let column: String?
    /// `ERROR`, `FATAL` or `PANIC`.
    package let severity: String

    package init(
        sqlState: String, message: String, detail: String? = nil, hint: String? = nil, constraint: String? = nil,
        table: String? = nil, column: String? = nil, severity: String = "ERROR"
    ) {
        let quotesData = sqlState.hasPrefix("22") || sqlState.hasPrefix("23")
        self.sqlState = sqlState
        self.message = sqlState.hasPrefix("22") ? ServerError.withoutQuotation(message) : message
        self.detail = quotesData ? nil : detail
        self.hint = hint
        self.constraint = constraint
        self.table = table
        self.column = column
        self.severity = severity
    }

    /// Up to the colon that precedes a quoted value.
    private static func withoutQuotation(_ message: String) -> String {
        guard let colon = message.firstIndex(of: ":") else {
            return String(message.prefix { $0 != "\"" })
        }
        return String(message[..<colon])
    }

    /// The classes and codes by which a server says that it, not the query, is the trouble: connection exceptions,
    /// too many connections, shutting down, crashed, starting up, out of resources.
    var isUnavailability: Bool {
        sqlState.hasPrefix("08") || sqlState.hasPrefix("53") || sqlState.hasPrefix("58")
            || ["57P01", "57P02", "57P03", "57P05"].contains(sqlState)
    }

    /// A unique violation, and the constraint or index that saw it.
    package var uniqueViolation: String? { sqlState == "23505" ? constraint : nil }
}

extension ServerError: CustomStringConvertible {
    package var description: String { "\(severity) \(sqlState): \(message)" }
}
