/// Arrays in PostgreSQL's binary form: dimensions, flags, element type, length, lower bound; then each element with its
/// length before it (src/backend/utils/adt/arrayfuncs.c, array_recv).
///
/// The uses of sessions go to the database by the ten thousand, and writing them as text cost as much as serving them.
enum BinaryArray {
    static func of(_ values: [[UInt8]]) -> [UInt8] {
        let bytes = values.reduce(0) { $0 + $1.count }
        return array(PostgresBinary.TypeNumber.bytea, count: values.count, elementBytes: bytes) { array in
            for value in values {
                append(UInt32(truncatingIfNeeded: value.count), to: &array)
                array += value
            }
        }
    }

    static func of(_ values: [PostgresUUID]) -> [UInt8] {
        array(PostgresBinary.TypeNumber.uuid, count: values.count, elementBytes: 16 * values.count) { array in
            for value in values {
                append(16, to: &array)
                append(word: value.high, to: &array)
                append(word: value.low, to: &array)
            }
        }
    }

    /// Of times in microseconds since 1970, as `PostgresValue` has them.
    static func of(timestamps: [Int64]) -> [UInt8] {
        let type = PostgresBinary.TypeNumber.timestamptz
        return array(type, count: timestamps.count, elementBytes: 8 * timestamps.count) { array in
            for timestamp in timestamps {
                append(8, to: &array)
                append(word: UInt64(bitPattern: PostgresBinary.microsecondsSince2000(timestamp)), to: &array)
            }
        }
    }

    private static func array(
        _ type: UInt32, count: Int, elementBytes: Int, _ appendElements: (inout [UInt8]) -> Void
    ) -> [UInt8] {
        var array: [UInt8] = []
        array.reserveCapacity(20 + 4 * count + elementBytes)
        // An empty one has no dimensions; none has a NULL in it.
        append(count == 0 ? 0 : 1, to: &array)
        append(0, to: &array)
        append(type, to: &array)
        guard count > 0 else { return array }
        append(UInt32(truncatingIfNeeded: count), to: &array)
        append(1, to: &array)
        appendElements(&array)
        return array
    }

    private static func append(_ number: UInt32, to array: inout [UInt8]) {
        for shift in stride(from: UInt32(24), through: 0, by: -8) {
            array.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    private static func append(word: UInt64, to array: inout [UInt8]) {
        append(UInt32(truncatingIfNeeded: word >> 32), to: &array)
        append(UInt32(truncatingIfNeeded: word), to: &array)
    }
}
