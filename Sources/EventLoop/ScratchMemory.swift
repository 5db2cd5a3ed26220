/// A block of memory that a loop lends to what runs on it.
@safe final class ScratchMemory {
    /// Room for four TLS records of the largest size and their overhead (RFC 8446, section 5.2).
    private static let byteCount = 68 * 1024

    let bytes: UnsafeMutableRawBufferPointer

    init() { unsafe bytes = .allocate(byteCount: ScratchMemory.byteCount, alignment: 64) }

    deinit { unsafe bytes.deallocate() }
}
