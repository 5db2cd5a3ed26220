import Testing

@testable import HTTPMessage

@Suite struct `A shelf of things to be used again` {
    @Test func `gives what was put on it last`() {
        var shelf = Shelf<Int>(countMax: 8)
        for number in 1...3 { shelf.put(number) }
        #expect(shelf.take() == 3)
        shelf.put(4)
        #expect([shelf.take(), shelf.take(), shelf.take(), shelf.take()] == [4, 2, 1, nil])
    }

    @Test func `holds no more than it may`() {
        var shelf = Shelf<Int>(countMax: 2)
        for number in 1...5 { shelf.put(number) }
        #expect([shelf.take(), shelf.take(), shelf.take()] == [2, 1, nil])
    }

    @Test func `lets go of what nobody needed, and of nothing else`() {
        var shelf = Shelf<Int>(countMax: 100)
        for number in 0..<20 { shelf.put(number) }
        // Ten are needed at once, time and again.
        for round in 0..<6 {
            var lent: [Int] = []
            for _ in 0..<10 { lent.append(shelf.take() ?? -1) }
            #expect(lent == Array((10..<20).reversed()))
            for number in lent.reversed() { shelf.put(number) }
            // The first time nothing is known of how it was before.
            shelf.sweep()
            let expected = [20, 15, 12, 11, 10, 10][round]
            #expect(shelf.count == expected)
        }
    }

    @Test func `is empty in the end when nobody comes`() {
        var shelf = Shelf<Int>(countMax: 100)
        for number in 0..<100 { shelf.put(number) }
        for _ in 0..<9 { shelf.sweep() }
        #expect(shelf.take() == nil)
    }
}
