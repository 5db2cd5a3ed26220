/// One SQL statement with places for parameters, `$1` and so on.
///
/// The text is fixed in the program, so a statement cannot be put together from what somebody sent. Each connection
/// prepares it at its first use and then knows it by its text.
package struct Statement: Sendable, Hashable, ExpressibleByStringLiteral {
    package let sql: String

    package init(_ sql: StaticString) { self.sql = sql.description }
    package init(stringLiteral sql: StaticString) { self.sql = sql.description }

    /// For SQL that the program itself puts together, such as a list of columns to set. Never from input.
    package init(assembled sql: String) { self.sql = sql }

    static let begin: Statement = "BEGIN"
    static let commit: Statement = "COMMIT"
    static let rollback: Statement = "ROLLBACK"

    /// A name between double quotes, for what cannot be a parameter.
    package static func quotedIdentifier(_ name: String) -> String {
        var text = "\""
        for character in name.unicodeScalars where character != "\0" {
            if character == "\"" { text += "\"" }
            text.unicodeScalars.append(character)
        }
        return text + "\""
    }
}

/// A statement with its parameters.
package struct Query: Sendable {
    package let statement: Statement
    package let parameters: [PostgresValue]

    package init(_ statement: Statement, _ parameters: [PostgresValue] = []) {
        self.statement = statement
        self.parameters = parameters
    }
}
