package import Identity
package import PostgreSQL

/// Plants in PostgreSQL.
package struct PostgresPlantStore: PlantStore {
    private let database: any Querying

    package init(pool: PostgresPool) { database = pool }
    init(_ database: any Querying) { self.database = database }

    static let create = Statement(
        assembled: "INSERT INTO plants (code, name) VALUES ($1, $2) RETURNING \(Plant.columns)")
    static let findByCode = Statement(assembled: "SELECT \(Plant.columns) FROM plants WHERE code = $1::text")
    static let findByID = Statement(assembled: "SELECT \(Plant.columns) FROM plants WHERE id = $1")
    static let list = Statement(assembled: "SELECT \(Plant.columns) FROM plants ORDER BY id")
    static let rename = Statement(assembled: "UPDATE plants SET code = $2 WHERE id = $1 RETURNING \(Plant.columns)")
    /// Takes the roles in the plant with it.
    static let delete = Statement("DELETE FROM plants WHERE id = $1")

    package func create(code: String, name: String) async throws(StoreError) -> Plant {
        try FieldRules.check(code, .plantCode)
        try FieldRules.check(name, .plantName)
        guard let plant = try await ask(Self.create, [.text(code), .text(name)]).first else { throw .notFound }
        return plant
    }

    package func find(code: String) async throws(StoreError) -> Plant? {
        try FieldRules.checkSearch(code)
        return try await ask(Self.findByCode, [.text(code)]).first
    }

    package func find(id: PlantID) async throws(StoreError) -> Plant? {
        try await ask(Self.findByID, [PostgresValue(id)]).first
    }

    package func list() async throws(StoreError) -> [Plant] { try await ask(Self.list, []) }

    package func rename(_ id: PlantID, code: String) async throws(StoreError) -> Plant {
        try FieldRules.check(code, .plantCode)
        guard let plant = try await ask(Self.rename, [PostgresValue(id), .text(code)]).first else { throw .notFound }
        return plant
    }

    package func delete(_ id: PlantID) async throws(StoreError) {
        let deleted = try await storing { () async throws(PostgresError) in
            try await database.query(Self.delete, [PostgresValue(id)]).affectedCount
        }
        guard deleted > 0 else { throw .notFound }
    }

    private func ask(_ statement: Statement, _ parameters: [PostgresValue]) async throws(StoreError) -> [Plant] {
        try await storing { () async throws(PostgresError) in
            try await database.query(statement, parameters).map { row throws(PostgresError) in try Plant(row) }
        }
    }
}
