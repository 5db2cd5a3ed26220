/// The fields of a message, in order: their bytes in one piece of memory, and where each name and value stands.
///
/// Reused for message after message of a connection, so a warm one allocates nothing. The spans that it gives out are
/// good until the block changes; use them at once.
///
/// Public, since of a package's own functions none is inlined into another module, and every layer asks for fields.
public final class FieldBlock {
    /// A class checks at run time that accesses to its variables do not overlap, which took a third of the time that a head
    /// takes. Here they cannot: no method calls out while it reads or writes.
    @exclusivity(unchecked) @usableFromInline var table = FieldTable()

    package init() {}

    @inlinable public var count: Int { unsafe table.count }
    @inlinable public var isEmpty: Bool { unsafe table.count == 0 }

    /// The name of a field, as it was sent.
    @inlinable @_lifetime(borrow self)
    public func name(_ index: Int) -> Span<UInt8> {
        unsafe _overrideLifetime(table.name(index), borrowing: self)
    }

    /// The value of a field, without white space around it.
    @inlinable @_lifetime(borrow self)
    public func value(_ index: Int) -> Span<UInt8> {
        unsafe _overrideLifetime(table.value(index), borrowing: self)
    }

    /// A field as a line: `name: value` and CRLF.
    @inlinable @_lifetime(borrow self)
    public func line(_ index: Int) -> Span<UInt8> {
        unsafe _overrideLifetime(table.line(index), borrowing: self)
    }

    @inlinable public func known(_ index: Int) -> KnownField { unsafe table.entry(index).known }

    /// Where the first such field stands; nil if there is none.
    @inlinable public func first(_ field: KnownField) -> Int? { unsafe table.first(field) }

    /// Where the first such field stands, at or after `start`; nil if there is none.
    package func first(_ field: KnownField, from start: Int) -> Int? { unsafe table.first(field, from: start) }

    /// How many such fields there are.
    package func count(of field: KnownField) -> Int { unsafe table.count(of: field) }

    @inlinable public func contains(_ field: KnownField) -> Bool { unsafe table.contains(field) }

    /// Whether there is more than one such field.
    @inlinable public func isRepeated(_ field: KnownField) -> Bool { unsafe table.isRepeated(field) }

    /// Appends a field and says which it is. Neither part is looked at: who appends has checked them.
    @discardableResult
    package func append(name: Span<UInt8>, value: Span<UInt8>) -> KnownField {
        unsafe table.append(name: name, value: value)
    }

    package func append(name: String, value: String) {
        append(name: name.utf8.span, value: value.utf8.span)
    }

    /// Appends lines as they came, of which none is a field yet, and returns where they stand among the bytes.
    package func append(lines: Span<UInt8>) -> Int { unsafe table.keep(lines) }

    /// Makes a field of a line that stands at `start` among the bytes: of its name, a colon and a space, its value and CRLF,
    /// and nothing else.
    @inlinable public func append(lineAt start: Int, nameCount: Int, valueCount: Int, known: KnownField) {
        unsafe table.note(start, nameCount: nameCount, valueCount: valueCount, known)
    }

    /// Forgets all fields, and keeps the memory.
    package func removeAll() { unsafe table.removeAll() }
}
