import HTTPMessage
import Testing

@Suite struct `Eight bytes at once` {
    private typealias Question = (
        name: String, marks: @Sendable (EightBytes) -> UInt64, isMarked: @Sendable (UInt8) -> Bool
    )

    private static let questions: [Question] = [
        ("a range", { $0.within(0x30, 0x39) }, { (0x30...0x39).contains($0) }),
        ("all of ASCII", { $0.within(0, 0x7f) }, { $0 < 0x80 }),
        ("the last of ASCII", { $0.within(0x7f, 0x7f) }, { $0 == 0x7f }),
        ("one byte", { $0.equal(to: 0x3a) }, { $0 == 0x3a }),
        ("zero", { $0.equal(to: 0) }, { $0 == 0 }),
        ("controls", { $0.controls }, { !ByteClass.isFieldValue($0) || $0 == 0x09 }),
        ("what is no target", { $0.noTarget }, { !ByteClass.isTarget($0) }),
        ("what is no host", { $0.noHost }, { !ByteClass.isHost($0) }),
    ]

    private static let neighbours: [UInt8] = [0x00, 0x7f, 0x80, 0xff, UInt8(ascii: "a")]

    @Test(arguments: questions.indices, neighbours)
    func `a byte is marked whatever stands beside it`(question: Int, neighbour: UInt8) {
        let (name, marks, isMarked) = Self.questions[question]
        for byte in UInt8.min...UInt8.max {
            for place in 0..<8 {
                var bytes = [UInt8](repeating: neighbour, count: 8)
                bytes[place] = byte
                var wanted: UInt64 = 0
                for index in bytes.indices where isMarked(bytes[index]) { wanted |= 0x80 << UInt64(8 * index) }
                let found = marks(bytes.span.eightBytes(at: 0))
                guard found == wanted else {
                    Issue.record("\(name): \(bytes) gives \(String(found, radix: 16))")
                    return
                }
            }
        }
    }

    @Test func `the first marked byte is found from anywhere to anywhere`() {
        for count in 0...20 {
            for place in 0..<(count + 1) {
                // What is asked for stands at one place, or at none; zeros are not taken for more bytes.
                var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: count)
                if place < count { bytes[place] = 0 }
                for start in 0...count {
                    for end in start...count {
                        let wanted = (start..<end).contains(place) ? place : end
                        let found = bytes.span.firstMarked(from: start, to: end) { $0.equal(to: 0) }
                        #expect(found == wanted, "\(place) of \(count), in \(start)..<\(end)")
                    }
                }
            }
        }
    }

    @Test func `nothing is found in nothing`() {
        let bytes: [UInt8] = []
        #expect(bytes.span.firstMarked(from: 0, to: 0) { $0.equal(to: 0) } == 0)
    }

    @Test(arguments: 1...17) func `what is beyond the end is zero, and can be told apart`(count: Int) {
        let bytes = (1...UInt8(count)).map { $0 }
        for position in 0..<count {
            let left = min(8, count - position)
            var word: UInt64 = 0
            for offset in 0..<left { word |= UInt64(bytes[position + offset]) << UInt64(8 * offset) }
            #expect(bytes.span.eightBytes(at: position).word == word)
            let zeros = bytes.span.eightBytes(at: position).equal(to: 0)
            #expect(zeros == EightBytes.marksBeyond(count - position))
        }
    }

    @Test func `letters are lowered, and nothing else`() {
        for byte in UInt8.min...UInt8.max {
            let bytes = [UInt8](repeating: byte, count: 8)
            let lowered = [UInt8](repeating: byte.lowercasedASCII, count: 8)
            #expect(bytes.span.eightBytes(at: 0).lowercased.word == lowered.span.eightBytes(at: 0).word)
        }
    }
}
