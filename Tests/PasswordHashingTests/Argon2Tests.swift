import LayerTesting
import Testing

@testable import PasswordHashing

@Suite struct Argon2Tests {
    @Test func `equal tags are equal`() {
        for count in 0..<70 {
            let tag = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            #expect(Argon2.equal(tag, Array(tag)))
        }
    }

    @Test func `tags that differ in a single bit anywhere are not equal`() {
        for fill: UInt8 in [0x00, 0x5a, 0xff] {
            let tag = [UInt8](repeating: fill, count: 32)
            for bit in 0..<256 {
                var other = tag
                other[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(!Argon2.equal(tag, other))
                #expect(!Argon2.equal(other, tag))
            }
        }
    }

    @Test func `random tags are never equal, whatever their last bytes`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<100_000 {
            let tags = (0..<2).map { _ in (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) } }
            if Argon2.equal(tags[0], tags[1]) { Issue.record("\(tags[0]) equals \(tags[1])") }
        }
    }

    @Test func `tags of different lengths are not equal`() {
        #expect(!Argon2.equal([], [0]))
        #expect(!Argon2.equal([1, 2, 3], [1, 2]))
    }
}
