package import Identity
import Store

/// Plants in memory.
package struct MemoryPlantStore: PlantStore {
    let database: MemoryDatabase

    package func create(code: String, name: String) async throws(StoreError) -> Plant {
        try FieldRules.check(code, .plantCode)
        try FieldRules.check(name, .plantName)
        if name.isEmpty { throw ModelRules.refusal("plants_name_not_empty") }
        return try database.transaction { tables, now throws(StoreError) in
            try tables.checkCode(code, of: nil)
            tables.lastPlant += 1
            let plant = Plant(
                id: PlantID(tables.lastPlant), code: code, name: name, isActive: true, createdAt: now, updatedAt: now)
            tables.plants[plant.id] = plant
            return plant
        }
    }

    package func find(code: String) async throws(StoreError) -> Plant? {
        try FieldRules.checkSearch(code)
        return try database.look { tables, _ in tables.plants.values.first { $0.code == code } }
    }

    package func find(id: PlantID) async throws(StoreError) -> Plant? {
        try database.look { tables, _ in tables.plants[id] }
    }

    package func list() async throws(StoreError) -> [Plant] {
        try database.look { tables, _ in tables.plants.values.sorted { $0.id < $1.id } }
    }

    package func rename(_ id: PlantID, code: String) async throws(StoreError) -> Plant {
        try FieldRules.check(code, .plantCode)
        return try database.transaction { tables, now throws(StoreError) in
            guard var plant = tables.plants[id] else { throw .notFound }
            try tables.checkCode(code, of: id)
            plant.code = code
            plant.updatedAt = now
            tables.plants[id] = plant
            return plant
        }
    }

    package func delete(_ id: PlantID) async throws(StoreError) {
        try database.transaction { tables, _ throws(StoreError) in
            guard tables.plants.removeValue(forKey: id) != nil else { throw .notFound }
            tables.grants = tables.grants.filter { $0.key.plant != id }
            tables.apiTokens = tables.apiTokens.filter { $0.value.record.ceiling.plant != id }
        }
    }

    /// Opens or closes a plant; no store operation does so yet.
    package func setActive(_ id: PlantID, _ isActive: Bool) throws(StoreError) {
        try database.transaction { tables, _ in tables.plants[id]?.isActive = isActive }
    }
}

extension MemoryTables {
    /// The constraints of `plants.code`.
    fileprivate func checkCode(_ code: String, of plant: PlantID?) throws(StoreError) {
        let isSpelledRight = code.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        let isDigitsAlone = code.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isSpelledRight, !isDigitsAlone, !code.hasPrefix("-") else { throw ModelRules.refusal("plants_code_form") }
        guard !plants.values.contains(where: { $0.code == code && $0.id != plant }) else {
            throw .conflict(field: "code")
        }
    }
}
