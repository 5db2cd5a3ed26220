import Testing

@testable import EventLoop

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

    private static let mebibyte: UInt64 = 1 << 20

    @Test(arguments: [
        (own: 0, used: 0, isLarge: false), (100, 100, false), (164, 100, false), (165, 100, true),
        // What is kept at hand may be half of what is in use.
        (1500, 1000, false), (1501, 1000, true),
        // The two are not counted at the same moment.
        (100, 101, false), (0, 1000, false),
    ])
    func `a surplus is large beyond 64 MiB and beyond half of what is in use`(
        own: UInt64, used: UInt64, isLarge: Bool
    ) {
        let (own, used) = (own * Self.mebibyte, used * Self.mebibyte)
        #expect(ProcessMemory.isSurplusLarge(own: own, allocated: used) == isLarge)
    }

    @Test func `no numbers are too large for the comparison`() {
        #expect(!ProcessMemory.isSurplusLarge(own: .max, allocated: .max))
        #expect(ProcessMemory.isSurplusLarge(own: .max, allocated: 0))
        #expect(!ProcessMemory.isSurplusLarge(own: 0, allocated: .max))
    }
}
