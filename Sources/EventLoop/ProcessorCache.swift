import CLinux

/// What the processor is told of memory that is needed soon.
package enum ProcessorCache {
    private static let lineBytes: UInt = 64

    /// Asks for the first `byteCount` bytes of an object, of which none is read here, nor a reference counted: all lines
    /// of it come at once, in place of one after the other when each is used. For what has most likely left the caches.
    package static func fetch(_ object: ObjectIdentifier, byteCount: Int) {
        let address = UInt(bitPattern: object)
        var offset: UInt = 0
        while offset < UInt(byteCount) {
            unsafe linux_prefetch(UnsafeRawPointer(bitPattern: address + offset))
            offset += lineBytes
        }
    }
}
