import EventLoop
import Testing

@Suite struct ProcessMemoryTests {
    @Test func `what a busy time has left is given back, and what is in use is not touched`() {
        // Pieces of a page or two, of which every tenth stays: so none of the others ends a heap.
        var pieces = (0..<40_000).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 10_000) }
        for index in pieces.indices where index % 10 != 0 { pieces[index] = [] }
        let before = ProcessMemory.residentBytes
        #expect(ProcessMemory.giveBackSurplus())
        #expect(ProcessMemory.residentBytes + 100 << 20 < before)
        for index in stride(from: 0, to: pieces.count, by: 10) {
            #expect(pieces[index].allSatisfy { $0 == UInt8(truncatingIfNeeded: index) })
        }
    }
}
