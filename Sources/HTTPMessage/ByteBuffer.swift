/// Bytes on their way: appended at the end, consumed at the front, kept in one growable piece of memory.
///
/// What a connection reads into and what serializers write to. Owned by one place; reused for message after message,
/// so that a warm connection allocates nothing.
///
/// Public, since of a package's own functions none is inlined into another module, and heads are written piece by piece.
@safe public struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<UInt8>
    /// How many bytes the memory holds.
    @usableFromInline package private(set) var capacity: Int
    @usableFromInline var start = 0
    @usableFromInline var end = 0

    package init(minimumCapacity: Int = 0) {
        capacity = max(minimumCapacity, 64)
        unsafe base = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    }

    deinit { unsafe base.deallocate() }

    /// How many bytes are readable.
    @inlinable public var count: Int { end &- start }
    @inlinable public var isEmpty: Bool { end == start }

    /// The readable bytes.
    @inlinable public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe Span(_unsafeStart: base + start, count: end - start)
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }

    /// Takes `count` bytes away from the front; at most those that are there.
    @inlinable public mutating func consume(_ count: Int) {
        start &+= min(max(count, 0), end &- start)
        if start == end { clear() }
    }

    /// Forgets all bytes, and keeps the memory.
    @inlinable public mutating func clear() {
        start = 0
        end = 0
    }

    /// Takes bytes away from the end until `count` are left.
    package mutating func truncate(to count: Int) {
        end = start + min(max(count, 0), end - start)
    }

    // MARK: Appending

    @inlinable public mutating func append(_ byte: UInt8) {
        makeRoom(for: 1)
        unsafe base[end] = byte
        end += 1
    }

    @inlinable public mutating func append(_ bytes: Span<UInt8>) {
        let count = bytes.count
        guard count > 0 else { return }
        makeRoom(for: count)
        unsafe bytes.withUnsafeBufferPointer { source in
            if let address = source.baseAddress { unsafe (base + end).update(from: address, count: count) }
        }
        end &+= count
    }

    /// Appends a text of the program. Always inlined: of one that is known there, a few stores remain.
    @inlinable @inline(__always) public mutating func append(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        makeRoom(for: count)
        if text.hasPointerRepresentation {
            unsafe (base + end).update(from: text.utf8Start, count: count)
        } else {
            text.withUTF8Buffer { for index in $0.indices { unsafe base[end + index] = $0[index] } }
        }
        end &+= count
    }

    /// Appends a line `name: value` with its CRLF.
    package mutating func appendLine(name: Span<UInt8>, value: Span<UInt8>) {
        let (nameCount, valueCount) = (name.count, value.count)
        makeRoom(for: nameCount + valueCount + 4)
        let place = unsafe UnsafeMutableRawPointer(base + end)
        unsafe name.withUnsafeBytes { source in
            if let address = source.baseAddress { unsafe place.copyMemory(from: address, byteCount: nameCount) }
        }
        unsafe (place + nameCount).storeBytes(of: UInt16(littleEndian: 0x203a), as: UInt16.self)
        unsafe value.withUnsafeBytes { source in
            if let address = source.baseAddress {
                unsafe (place + nameCount + 2).copyMemory(from: address, byteCount: valueCount)
            }
        }
        unsafe (place + nameCount + 2 + valueCount).storeBytes(of: UInt16(littleEndian: 0x0a0d), as: UInt16.self)
        end += nameCount + valueCount + 4
    }

    @_disfavoredOverload
    package mutating func append(_ text: String) { append(text.utf8.span) }

    /// Appends a number in decimal digits.
    package mutating func append(decimal number: UInt64) {
        makeRoom(for: 20)
        var rest = number
        var length = 1
        while rest >= 10 {
            rest /= 10
            length += 1
        }
        rest = number
        for index in stride(from: length - 1, through: 0, by: -1) {
            unsafe base[end + index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        end += length
    }

    package mutating func append(decimal number: Int) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(decimal: UInt64(number.magnitude))
    }

    /// Appends the lowest `digits` hexadecimal digits of a number, in lower case; without `digits`, as many as it needs.
    package mutating func append(hex number: UInt64, digits: Int? = nil) {
        let length = min(16, max(1, digits ?? (67 - number.leadingZeroBitCount) / 4))
        makeRoom(for: 16)
        // The digits wanted stand at the top; what is written behind them is written over by what is appended next.
        let number = number << UInt64(4 * (16 - length))
        let place = unsafe UnsafeMutableRawPointer(base + end)
        unsafe place.storeBytes(of: Self.hexDigits(UInt32(truncatingIfNeeded: number >> 32)), as: UInt64.self)
        unsafe (place + 8).storeBytes(of: Self.hexDigits(UInt32(truncatingIfNeeded: number)), as: UInt64.self)
        end += length
    }

    /// Eight hexadecimal digits as they lie in memory, all at once: each half byte is spread to a byte of its own, and
    /// those above nine get the distance from `9` to `a`.
    private static func hexDigits(_ number: UInt32) -> UInt64 {
        var digits = UInt64(number)
        digits = (digits << 16 | digits) & 0x0000_ffff_0000_ffff
        digits = (digits << 8 | digits) & 0x00ff_00ff_00ff_00ff
        digits = (digits << 4 | digits) & 0x0f0f_0f0f_0f0f_0f0f
        let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        let distance = UInt64(UInt8(ascii: "a") - UInt8(ascii: "9") - 1)
        return (digits &+ 0x3030_3030_3030_3030 &+ letters &* distance).bigEndian
    }

    /// Lets `body` append to the free memory, of which there are at least `count` bytes.
    package mutating func withFreeSpace<Answer, Failure: Error>(
        atLeast count: Int, _ body: (inout OutputSpan<UInt8>) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        makeRoom(for: count)
        let free = unsafe UnsafeMutableBufferPointer(start: base + end, count: capacity - end)
        var output = unsafe OutputSpan(buffer: free, initializedCount: 0)
        do throws(Failure) {
            let answer = try body(&output)
            end += unsafe output.finalize(for: free)
            return answer
        } catch {
            end += unsafe output.finalize(for: free)
            throw error
        }
    }

    /// Makes sure that `count` bytes more have room: moves what is there to the front if that is enough, else grows.
    @inlinable mutating func makeRoom(for count: Int) {
        if capacity &- end < count { moveOrGrow(for: count) }
    }

    @inline(never) @usableFromInline
    mutating func moveOrGrow(for count: Int) {
        let kept = end - start
        if kept + count <= capacity, start >= capacity / 2 {
            unsafe base.update(from: base + start, count: kept)
        } else {
            let larger = max(capacity * 2, kept + count)
            let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
            unsafe memory.update(from: base + start, count: kept)
            unsafe base.deallocate()
            unsafe base = unsafe memory
            capacity = larger
        }
        start = 0
        end = kept
    }
}
