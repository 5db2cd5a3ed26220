/// The fields of a message, in order: their bytes in one piece of memory, and where each name and value stands.
///
/// Reused for message after message of a connection, so a warm one allocates nothing. The spans that it gives out are
/// good until the block changes; use them at once.
package final class FieldBlock {
    private struct Entry {
        var name: Range<Int32>
        var value: Range<Int32>
        var known: KnownField
    }

    private var bytes = ByteBuffer(minimumCapacity: 2048)
    private var entries: [Entry] = []
    /// A bit for each known field that is there, so that looking for an absent one costs nothing.
    private var present: UInt64 = 0

    package init() {
        entries.reserveCapacity(32)
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// The name of a field, as it was sent.
    @_lifetime(borrow self)
    package func name(_ index: Int) -> Span<UInt8> {
        let range = entries[index].name
        let span = bytes.span.extracting(Int(range.lowerBound)..<Int(range.upperBound))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// The value of a field, without white space around it.
    @_lifetime(borrow self)
    package func value(_ index: Int) -> Span<UInt8> {
        let range = entries[index].value
        let span = bytes.span.extracting(Int(range.lowerBound)..<Int(range.upperBound))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    package func known(_ index: Int) -> KnownField { entries[index].known }

    /// Where the first such field stands; nil if there is none.
    package func first(_ field: KnownField) -> Int? {
        guard present & 1 << UInt64(field.rawValue) != 0 else { return nil }
        for index in entries.indices where entries[index].known == field { return index }
        return nil
    }

    /// How many such fields there are.
    package func count(of field: KnownField) -> Int {
        guard present & 1 << UInt64(field.rawValue) != 0 else { return 0 }
        var count = 0
        for entry in entries where entry.known == field { count += 1 }
        return count
    }

    package func contains(_ field: KnownField) -> Bool { present & 1 << UInt64(field.rawValue) != 0 }

    /// Appends a field. Neither part is looked at: who appends has checked them.
    package func append(name: Span<UInt8>, value: Span<UInt8>) {
        let start = Int32(truncatingIfNeeded: bytes.count)
        bytes.append(name)
        let middle = Int32(truncatingIfNeeded: bytes.count)
        bytes.append(value)
        let end = Int32(truncatingIfNeeded: bytes.count)
        let known = KnownField(name)
        entries.append(Entry(name: start..<middle, value: middle..<end, known: known))
        present |= 1 << UInt64(known.rawValue)
    }

    package func append(name: String, value: String) {
        append(name: name.utf8.span, value: value.utf8.span)
    }

    /// Forgets all fields, and keeps the memory.
    package func removeAll() {
        bytes.clear()
        entries.removeAll(keepingCapacity: true)
        present = 0
    }
}
