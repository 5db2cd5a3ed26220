import CLinux

/// What the processor is told of memory that is needed soon.
///
/// Public, since of a package's own functions none is inlined into another module.
public enum ProcessorCache {
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

    /// Asks for the line in which an element begins, of which nothing is read here.
    @inlinable public static func fetch<Element>(_ elements: [Element], at index: Int) {
        precondition(elements.indices.contains(index))
        let offset = UInt(bitPattern: index &* MemoryLayout<Element>.stride)
        let address = unsafe elements.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) &+ offset }
        fetchLine(at: address)
    }

    @usableFromInline static func fetchLine(at address: UInt) {
        unsafe linux_prefetch(UnsafeRawPointer(bitPattern: address))
    }
}
