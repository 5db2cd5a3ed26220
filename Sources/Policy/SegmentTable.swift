import HTTPMessage

/// Which node a literal segment leads to from a node: one open-addressed table for a whole trie.
struct SegmentTable: Sendable {
    private struct Slot: Sendable {
        var parent: Int32 = -1
        var child: Int32 = -1
        var text: Range<Int32> = 0..<0
    }

    private var slots: [Slot] = Array(repeating: Slot(), count: 16)
    private var bytes: [UInt8] = []
    private var count = 0
    private let isCaseless: Bool

    /// - Parameter isCaseless: takes upper-case letters that are looked for as lower-case ones.
    init(isCaseless: Bool = false) { self.isCaseless = isCaseless }

    /// Where `segment` leads from `parent`; -1 if nowhere.
    func child(of parent: Int32, _ segment: Span<UInt8>) -> Int32 {
        var position = home(parent, segment)
        while true {
            let slot = slots[position]
            if slot.child < 0 { return -1 }
            if slot.parent == parent, isEqual(slot, segment) { return slot.child }
            position = (position + 1) & (slots.count - 1)
        }
    }

    /// Adds what is not there yet.
    mutating func insert(_ child: Int32, of parent: Int32, _ segment: String) {
        if (count + 1) * 2 > slots.count { grow() }
        let start = Int32(bytes.count)
        bytes += Array(segment.utf8)
        place(Slot(parent: parent, child: child, text: start..<Int32(bytes.count)))
        count += 1
    }

    private mutating func place(_ slot: Slot) {
        var position = home(slot.parent, text(slot))
        while slots[position].child >= 0 { position = (position + 1) & (slots.count - 1) }
        slots[position] = slot
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(), count: old.count * 2)
        for slot in old where slot.child >= 0 { place(slot) }
    }

    /// Where the search for a segment begins.
    private func home(_ parent: Int32, _ segment: Span<UInt8>) -> Int {
        var hash = ByteHash(seed: UInt64(truncatingIfNeeded: parent) << 32 | UInt64(segment.count))
        var position = 0
        while position < segment.count {
            let bytes = segment.eightBytes(at: position)
            hash.add(isCaseless ? bytes.lowercased : bytes)
            position += 8
        }
        return Int(truncatingIfNeeded: hash.value) & (slots.count - 1)
    }

    @_lifetime(borrow self)
    private func text(_ slot: Slot) -> Span<UInt8> {
        bytes.span.extracting(Int(slot.text.lowerBound)..<Int(slot.text.upperBound))
    }

    private func isEqual(_ slot: Slot, _ segment: Span<UInt8>) -> Bool {
        let text = text(slot)
        return isCaseless ? text.isEqualIgnoringCase(to: segment) : text.isEqual(to: segment)
    }
}
