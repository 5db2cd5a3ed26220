/// What the fuzzer hands over, as an array: AddressSanitizer watches over an array's bounds as over the fuzzer's own.
func fuzzInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    guard let start = unsafe start else { return [] }
    return unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
}

extension Span<UInt8> {
    /// A copy that outlives what the span belongs to.
    var copied: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for index in indices { bytes.append(self[index]) }
        return bytes
    }
}

/// Ends the run with the input as a finding.
func finding(_ what: String) -> Never { fatalError(what) }

/// Where an input is cut into parts: everywhere if it is short, else in a few places that depend on its bytes.
func cuts(of bytes: [UInt8]) -> [Int] {
    guard bytes.count > 300 else { return Array(0...bytes.count) }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var places: [Int] = []
    for _ in 0..<16 {
        hash = hash &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        places.append(Int(hash >> 33) % bytes.count)
    }
    return places.sorted() + [bytes.count]
}
