/// What a block of fields holds, as one value: their bytes, where each name and value stands, and which of the known fields
/// there are.
///
/// Public, since of a package's own functions none is inlined into another module, and every layer asks for fields.
@safe public struct FieldTable: ~Copyable {
    /// Where a field's line stands: its name, a colon and a space, its value and CRLF.
    @usableFromInline struct Entry {
        @usableFromInline let start: Int32
        @usableFromInline let nameCount: Int32
        @usableFromInline let valueCount: Int32
        @usableFromInline let known: KnownField

        @inlinable init(start: Int, nameCount: Int, valueCount: Int, known: KnownField) {
            self.start = Int32(truncatingIfNeeded: start)
            self.nameCount = Int32(truncatingIfNeeded: nameCount)
            self.valueCount = Int32(truncatingIfNeeded: valueCount)
            self.known = known
        }
    }

    @usableFromInline var entries: UnsafeMutablePointer<Entry>
    @usableFromInline var capacity = 32
    @usableFromInline var count = 0
    /// The fields as lines, so that one that is passed on is copied in one piece.
    @usableFromInline var bytes = ByteBuffer(minimumCapacity: 2048)
    /// A bit for each known field that is there, and for each that is there more than once.
    @usableFromInline var present: UInt64 = 0
    @usableFromInline var repeated: UInt64 = 0
    /// Where the first field of each kind stands, of those that are there.
    @usableFromInline var firsts: UnsafeMutablePointer<Int32>

    init() {
        unsafe entries = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        unsafe firsts = UnsafeMutablePointer<Int32>.allocate(capacity: 64)
    }

    deinit {
        unsafe entries.deallocate()
        unsafe firsts.deallocate()
    }

    // MARK: Asking

    @inlinable @_lifetime(borrow self)
    func name(_ index: Int) -> Span<UInt8> {
        let entry = entry(index)
        return unsafe _overrideLifetime(part(entry.start, entry.nameCount), borrowing: self)
    }

    @inlinable @_lifetime(borrow self)
    func value(_ index: Int) -> Span<UInt8> {
        let entry = entry(index)
        let start = entry.start &+ entry.nameCount &+ 2
        return unsafe _overrideLifetime(part(start, entry.valueCount), borrowing: self)
    }

    @inlinable @_lifetime(borrow self)
    func line(_ index: Int) -> Span<UInt8> {
        let entry = entry(index)
        let count = entry.nameCount &+ entry.valueCount &+ 4
        return unsafe _overrideLifetime(part(entry.start, count), borrowing: self)
    }

    @inlinable @_lifetime(borrow self)
    func part(_ start: Int32, _ count: Int32) -> Span<UInt8> {
        let part = bytes.span.extracting(Int(start)..<Int(start &+ count))
        return unsafe _overrideLifetime(part, borrowing: self)
    }

    @inlinable func entry(_ index: Int) -> Entry {
        precondition(index >= 0 && index < count, "no such field")
        return unsafe entries[index]
    }

    @inlinable func contains(_ field: KnownField) -> Bool { present & field.bit != 0 }

    @inlinable func first(_ field: KnownField) -> Int? {
        contains(field) ? unsafe Int(firsts[Int(field.rawValue)]) : nil
    }

    @inlinable func isRepeated(_ field: KnownField) -> Bool { repeated & field.bit != 0 }

    func first(_ field: KnownField, from start: Int) -> Int? {
        guard let first = first(field) else { return nil }
        if first >= start { return first }
        guard isRepeated(field) else { return nil }
        for index in start..<max(start, count) where entry(index).known == field { return index }
        return nil
    }

    func count(of field: KnownField) -> Int {
        guard isRepeated(field) else { return contains(field) ? 1 : 0 }
        var count = 0
        for index in 0..<self.count where entry(index).known == field { count += 1 }
        return count
    }

    // MARK: Filling

    mutating func append(name: Span<UInt8>, value: Span<UInt8>) -> KnownField {
        let start = bytes.count
        bytes.appendLine(name: name, value: value)
        let known = KnownField(name)
        note(start, nameCount: name.count, valueCount: value.count, known)
        return known
    }

    /// Keeps lines as they came, and returns where they stand. Which of them are fields is for `note` to say.
    mutating func keep(_ lines: Span<UInt8>) -> Int {
        let start = bytes.count
        bytes.append(lines)
        return start
    }

    /// Takes note of a field whose line stands among the bytes.
    @inlinable mutating func note(_ start: Int, nameCount: Int, valueCount: Int, _ known: KnownField) {
        if count == capacity { grow() }
        unsafe (entries + count).initialize(
            to: Entry(start: start, nameCount: nameCount, valueCount: valueCount, known: known))
        let bit = known.bit
        if present & bit != 0 {
            repeated |= bit
        } else {
            present |= bit
            unsafe firsts[Int(known.rawValue)] = Int32(truncatingIfNeeded: count)
        }
        count &+= 1
    }

    @usableFromInline mutating func grow() {
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
        unsafe larger.update(from: entries, count: count)
        unsafe entries.deallocate()
        unsafe entries = unsafe larger
        capacity *= 2
    }

    mutating func removeAll() {
        bytes.clear()
        count = 0
        present = 0
        repeated = 0
    }
}

extension KnownField {
    /// What stands for it in a set of them.
    @inlinable @inline(__always) var bit: UInt64 { 1 &<< UInt64(rawValue) }
}
