/// A statement's parameters, ready to be sent: one block of bytes, and where each value lies in it.
struct EncodedParameters {
    private var bytes: [UInt8] = []
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    var count: Int { offsets.count }

    /// How many parameters the protocol can count.
    private static let countMax = Int(UInt16.max)
    /// A value of more could not be stored, and libpq counts in 32 bits.
    private static let bytesMax = 1 << 30

    init(_ values: [PostgresValue]) throws(PostgresError) {
        guard values.count <= Self.countMax else { throw .invalidParameter("\(values.count) parameters are too many") }
        for (index, value) in values.enumerated() {
            guard let encoded = value.encoded() else {
                append(nil, binary: false)
                continue
            }
            guard encoded.count <= Self.bytesMax else { throw .invalidParameter("$\(index + 1) is too long") }
            // libpq takes text as a C string: the rest of it would be lost silently.
            guard value.isBinary || !encoded.contains(0) else {
                throw .invalidParameter("$\(index + 1) has a NUL character, which PostgreSQL's text cannot hold")
            }
            append(encoded, binary: value.isBinary)
        }
    }

    private mutating func append(_ value: [UInt8]?, binary: Bool) {
        offsets.append(value == nil ? nil : bytes.count)
        lengths.append(Int32(truncatingIfNeeded: value?.count ?? 0))
        formats.append(binary ? 1 : 0)
        if let value {
            bytes += value
            bytes.append(0)
        }
    }

    /// Lends the values, lengths and formats in the form of `PQsendQueryPrepared`.
    func withPointers<R>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> R
    ) -> R {
        unsafe bytes.withUnsafeBytes { block in
            let start = unsafe block.bindMemory(to: CChar.self).baseAddress
            let values = unsafe offsets.map { offset in
                unsafe offset.flatMap { offset in unsafe start.map { unsafe $0 + offset } }
            }
            return unsafe values.withUnsafeBufferPointer { values in
                unsafe lengths.withUnsafeBufferPointer { lengths in
                    unsafe formats.withUnsafeBufferPointer { formats in
                        unsafe body(values.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}
