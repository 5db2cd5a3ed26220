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
        var hash = ByteHash(seed: UInt64(truncatingIfNeeded: parent))
        if isCaseless {
            for index in segment.indices { hash.add(segment[index].lowercasedASCII) }
        } else {
            for index in segment.indices { hash.add(segment[index]) }
        }
        var position = Int(truncatingIfNeeded: hash.index) & (slots.count - 1)
        while true {
            let slot = slots[position]
            if slot.child < 0 { return -1 }
            if slot.parent == parent, isEqual(slot.text, segment) { return slot.child }
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
        var hash = ByteHash(seed: UInt64(truncatingIfNeeded: slot.parent))
        for index in slot.text { hash.add(bytes[Int(index)]) }
        var position = Int(truncatingIfNeeded: hash.index) & (slots.count - 1)
        while slots[position].child >= 0 { position = (position + 1) & (slots.count - 1) }
        slots[position] = slot
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(), count: old.count * 2)
        for slot in old where slot.child >= 0 { place(slot) }
    }

    private func isEqual(_ text: Range<Int32>, _ segment: Span<UInt8>) -> Bool {
        guard text.count == segment.count else { return false }
        for index in segment.indices {
            let byte = isCaseless ? segment[index].lowercasedASCII : segment[index]
            if bytes[Int(text.lowerBound) + index] != byte { return false }
        }
        return true
    }
}
