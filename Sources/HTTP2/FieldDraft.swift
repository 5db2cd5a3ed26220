internal import CNGHTTP2
package import HTTPMessage

/// The fields of a head or of a trailer section that is about to be sent, pseudo-fields first.
///
/// Names are brought into lower case on the way in (RFC 9113, section 8.2). Cookies and credentials are marked so that
/// no proxy on the way puts them into a compression table, where others could guess at them (RFC 7541, section 7.1).
@safe package struct FieldDraft: ~Copyable {
    private struct Entry {
        let nameStart: Int32
        let valueStart: Int32
        let end: Int32
        let isSecret: Bool
    }

    private var entries: [Entry] = []
    private var bytes = ByteBuffer(minimumCapacity: 1024)
    private let memory = NameValueMemory()

    package init() { entries.reserveCapacity(32) }

    package var isEmpty: Bool { entries.isEmpty }
    /// How many bytes the fields have.
    package var byteCount: Int { bytes.count }

    /// Forgets all fields, and keeps the memory.
    package mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        bytes.clear()
    }

    /// Appends a field whose name, in lower case, is known beforehand.
    package mutating func append(_ name: StaticString, _ value: Span<UInt8>, isSecret: Bool = false) {
        let start = bytes.count
        bytes.append(name)
        finish(start, value, isSecret)
    }

    package mutating func append(_ name: StaticString, _ value: StaticString) {
        let start = bytes.count
        bytes.append(name)
        let middle = bytes.count
        bytes.append(value)
        note(start, middle, false)
    }

    package mutating func append(_ name: StaticString, decimal value: UInt64) {
        let start = bytes.count
        bytes.append(name)
        let middle = bytes.count
        bytes.append(decimal: value)
        note(start, middle, false)
    }

    /// Appends a field as some other message had it. The name may be in any case; both parts have been checked.
    package mutating func append(name: Span<UInt8>, value: Span<UInt8>, isSecret: Bool = false) {
        let start = bytes.count
        let count = name.count
        bytes.withFreeSpace(atLeast: count) { output in
            for index in 0..<count { output.append(name[index].lowercasedASCII) }
        }
        finish(start, value, isSecret)
    }

    /// Appends a field of a block; whether it is a secret is told by which it is.
    package mutating func append(_ fields: FieldBlock, _ index: Int) {
        let known = fields.known(index)
        append(
            name: fields.name(index), value: fields.value(index),
            isSecret: known == .setCookie || known == .cookie || known == .authorization
                || known == .proxyAuthorization)
    }

    /// Appends a field whose value `write` appends.
    package mutating func append(_ name: StaticString, isSecret: Bool = false, write: (inout ByteBuffer) -> Void) {
        let start = bytes.count
        bytes.append(name)
        let middle = bytes.count
        write(&bytes)
        note(start, middle, isSecret)
    }

    /// Begins the head of an answer.
    package mutating func begin(status: Int) {
        removeAll()
        append(":status", decimal: UInt64(max(0, status)))
    }

    private mutating func finish(_ start: Int, _ value: Span<UInt8>, _ isSecret: Bool) {
        let middle = bytes.count
        bytes.append(value)
        note(start, middle, isSecret)
    }

    private mutating func note(_ start: Int, _ middle: Int, _ isSecret: Bool) {
        entries.append(
            Entry(
                nameStart: Int32(truncatingIfNeeded: start), valueStart: Int32(truncatingIfNeeded: middle),
                end: Int32(truncatingIfNeeded: bytes.count), isSecret: isSecret))
    }

    /// The fields as nghttp2 wants to see them, good until the draft changes. With `copying` false nghttp2 may look at
    /// them where they are, as long as it is done with them by then.
    func nameValues(copying: Bool) -> (list: UnsafePointer<nghttp2_nv>, count: Int) {
        let count = entries.count
        let list = unsafe memory.room(for: count)
        let flags = copying ? 0 : nghttp2_no_copy
        unsafe bytes.span.withUnsafeBufferPointer { buffer in
            let base = unsafe UnsafeMutablePointer(mutating: buffer.baseAddress)
            for index in 0..<count {
                let entry = entries[index]
                unsafe list[index] = nghttp2_nv(
                    name: base.map { unsafe $0 + Int(entry.nameStart) },
                    value: base.map { unsafe $0 + Int(entry.valueStart) },
                    namelen: Int(entry.valueStart - entry.nameStart), valuelen: Int(entry.end - entry.valueStart),
                    flags: entry.isSecret ? flags | nghttp2_never_indexed : flags)
            }
        }
        return (unsafe UnsafePointer(list), count)
    }
}

/// Room for the list of fields that nghttp2 wants to see.
@safe private final class NameValueMemory {
    private var list: UnsafeMutablePointer<nghttp2_nv>?
    private var capacity = 0

    deinit { unsafe list?.deallocate() }

    func room(for count: Int) -> UnsafeMutablePointer<nghttp2_nv> {
        if let list = unsafe list, count <= capacity { return unsafe list }
        unsafe list?.deallocate()
        capacity = max(count, 64)
        let list = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: capacity)
        unsafe self.list = list
        return unsafe list
    }
}
