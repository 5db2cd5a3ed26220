import Identity
import PostgreSQL

extension PostgresValue {
    init(_ id: UserID) { self = .uuid(high: id.value.high, low: id.value.low) }
    init(_ id: SessionID) { self = .uuid(high: id.value.high, low: id.value.low) }
    init(_ id: SessionID?) { self = id.map { PostgresValue($0) } ?? .null }
    init(_ id: APITokenID) { self = .uuid(high: id.value.high, low: id.value.low) }
    init(_ id: UserID?) { self = id.map { PostgresValue($0) } ?? .null }
    init(_ id: PlantID) { self = .int(Int64(id.value)) }
    init(_ id: PlantID?) { self = id.map { PostgresValue($0) } ?? .null }
    init(_ moment: Timestamp) { self = .timestamp(microseconds: moment.microseconds) }
    init(_ moment: Timestamp?) { self.init(timestamp: moment?.microseconds) }
    init(_ hash: TokenHash) { self = .bytes(hash.bytes) }
    /// As microseconds.
    init(_ length: Duration) { self = .int(length.microseconds) }
}
