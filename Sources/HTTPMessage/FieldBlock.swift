/// The fields of a message, in order: their bytes in one piece of memory, and where each name and value stands.
///
/// Reused for message after message of a connection, so a warm one allocates nothing. The spans that it gives out are
/// good until the block changes; use them at once.
package final class FieldBlock {
    /// A class checks at run time that accesses to its variables do not overlap, which took a third of the time that a head
    /// takes. Here they cannot: no method calls out while it reads or writes.
    @exclusivity(unchecked) private var table = FieldTable()

    package init() {}

    package var count: Int { unsafe table.entries.count }
    package var isEmpty: Bool { unsafe table.entries.isEmpty }

    /// The name of a field, as it was sent.
    @_lifetime(borrow self)
    package func name(_ index: Int) -> Span<UInt8> {
        unsafe _overrideLifetime(table.name(index), borrowing: self)
    }

    /// The value of a field, without white space around it.
    @_lifetime(borrow self)
    package func value(_ index: Int) -> Span<UInt8> {
        unsafe _overrideLifetime(table.value(index), borrowing: self)
    }

    /// A field as a line: `name: value` and CRLF.
    @_lifetime(borrow self)
    package func line(_ index: Int) -> Span<UInt8> {
        unsafe _overrideLifetime(table.line(index), borrowing: self)
    }

    package func known(_ index: Int) -> KnownField { unsafe table.entries[index].known }

    /// Where the first such field stands, at or after `start`; nil if there is none.
    package func first(_ field: KnownField, from start: Int = 0) -> Int? { unsafe table.first(field, from: start) }

    /// How many such fields there are.
    package func count(of field: KnownField) -> Int { unsafe table.count(of: field) }

    package func contains(_ field: KnownField) -> Bool { unsafe table.contains(field) }

    /// Appends a field and says which it is. Neither part is looked at: who appends has checked them.
    @discardableResult
    package func append(name: Span<UInt8>, value: Span<UInt8>) -> KnownField {
        unsafe table.append(name: name, value: value)
    }

    package func append(name: String, value: String) {
        append(name: name.utf8.span, value: value.utf8.span)
    }

    /// Forgets all fields, and keeps the memory.
    package func removeAll() { unsafe table.removeAll() }
}

/// What a block holds, as one value.
private struct FieldTable: ~Copyable {
    struct Entry {
        let start: Int32
        let nameCount: Int32
        let valueCount: Int32
        let known: KnownField
    }

    private(set) var entries: [Entry] = []
    /// The fields as lines, so that one that is passed on is copied in one piece.
    private var bytes = ByteBuffer(minimumCapacity: 2048)
    /// A bit for each known field that is there, so that looking for an absent one costs nothing.
    private var present: UInt64 = 0

    init() { entries.reserveCapacity(32) }

    @_lifetime(borrow self)
    func name(_ index: Int) -> Span<UInt8> {
        let entry = entries[index]
        return part(entry.start, entry.nameCount)
    }

    @_lifetime(borrow self)
    func value(_ index: Int) -> Span<UInt8> {
        let entry = entries[index]
        return part(entry.start &+ entry.nameCount &+ 2, entry.valueCount)
    }

    @_lifetime(borrow self)
    func line(_ index: Int) -> Span<UInt8> {
        let entry = entries[index]
        return part(entry.start, entry.nameCount &+ entry.valueCount &+ 4)
    }

    @_lifetime(borrow self)
    private func part(_ start: Int32, _ count: Int32) -> Span<UInt8> {
        bytes.span.extracting(Int(start)..<Int(start &+ count))
    }

    func contains(_ field: KnownField) -> Bool { present & 1 << UInt64(field.rawValue) != 0 }

    func first(_ field: KnownField, from start: Int) -> Int? {
        guard contains(field) else { return nil }
        var index = max(0, start)
        while index < entries.count {
            if entries[index].known == field { return index }
            index += 1
        }
        return nil
    }

    func count(of field: KnownField) -> Int {
        guard contains(field) else { return 0 }
        var count = 0
        for entry in entries where entry.known == field { count += 1 }
        return count
    }

    mutating func append(name: Span<UInt8>, value: Span<UInt8>) -> KnownField {
        let start = Int32(truncatingIfNeeded: bytes.count)
        bytes.appendLine(name: name, value: value)
        let known = KnownField(name)
        entries.append(
            Entry(
                start: start, nameCount: Int32(truncatingIfNeeded: name.count),
                valueCount: Int32(truncatingIfNeeded: value.count), known: known))
        present |= 1 << UInt64(known.rawValue)
        return known
    }

    mutating func removeAll() {
        bytes.clear()
        entries.removeAll(keepingCapacity: true)
        present = 0
    }
}
