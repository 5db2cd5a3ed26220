import HTTPMessage
import LayerTesting
import Testing

@Suite struct `Byte buffers` {
    @Test func `what is appended is readable, and what is consumed is gone`() {
        var buffer = ByteBuffer()
        buffer.append("abc")
        buffer.append(UInt8(ascii: "d"))
        buffer.append(Array("ef".utf8).span)
        buffer.append(String("g"))
        #expect(buffer.span.decoded == "abcdefg")
        buffer.consume(2)
        #expect(buffer.span.decoded == "cdefg")
        buffer.truncate(to: 3)
        #expect(buffer.span.decoded == "cde")
        #expect(buffer.count == 3)
        buffer.clear()
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
        #expect(buffer.span.decoded == "")
    }

    @Test(arguments: [-5, 0, 3, 4, Int.max]) func `no more is consumed than is there`(count: Int) {
        var buffer = ByteBuffer()
        buffer.append("abc")
        buffer.consume(count)
        #expect(buffer.count == max(0, 3 - max(0, count)))
    }

    @Test(arguments: [-5, 0, 3, 4, Int.max]) func `truncating never adds`(count: Int) {
        var buffer = ByteBuffer()
        buffer.append("xabc")
        buffer.consume(1)
        buffer.truncate(to: count)
        #expect(buffer.count == min(3, max(0, count)))
    }

    /// The same as an array, whatever the order of what is done.
    @Test(arguments: 0..<50) func `it behaves as a queue of bytes`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var buffer = ByteBuffer(minimumCapacity: Int(seed) * 7)
        var model: [UInt8] = []
        for _ in 0..<300 {
            let count = Int(random.next() % 200)
            switch random.next() % 4 {
            case 0:
                let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                buffer.append(bytes.span)
                model += bytes
            case 1:
                buffer.consume(count)
                model.removeFirst(min(count, model.count))
            case 2:
                let filler = UInt8(truncatingIfNeeded: random.next())
                buffer.withFreeSpace(atLeast: count) { space in
                    #expect(space.freeCapacity >= count)
                    for _ in 0..<(count / 2) { space.append(filler) }
                }
                model += [UInt8](repeating: filler, count: count / 2)
            default:
                buffer.append(decimal: UInt64(count))
                model += Array(String(count).utf8)
            }
            #expect(buffer.count == model.count)
            let isSame = buffer.span.isEqual(to: model.span)
            #expect(isSame)
        }
    }

    @Test func `what was written before an error stays`() {
        struct Stop: Error {}
        var buffer = ByteBuffer()
        buffer.append("a")
        #expect(throws: Stop.self) {
            try buffer.withFreeSpace(atLeast: 2) { space throws(Stop) in
                space.append(UInt8(ascii: "b"))
                throw Stop()
            }
        }
        #expect(buffer.span.decoded == "ab")
    }

    @Test func `memory is used again, and does not grow with what passes through`() {
        var buffer = ByteBuffer(minimumCapacity: 1024)
        let block = [UInt8](repeating: 7, count: 700)
        for _ in 0..<1000 {
            buffer.append(block.span)
            buffer.consume(650)
            buffer.consume(50)
        }
        #expect(buffer.capacity == 1024)
        for _ in 0..<1000 {
            buffer.append(block.span)
            buffer.consume(buffer.count > 1400 ? 1400 : 0)
        }
        #expect(buffer.capacity <= 8192)
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 12_345, 9_999_999_999, UInt64.max])
    func `a number is written in decimal`(number: UInt64) {
        var buffer = ByteBuffer()
        buffer.append(decimal: number)
        #expect(buffer.span.decoded == String(number))
    }

    @Test(arguments: [0, -1, 42, Int.min, Int.max]) func `a signed number is written in decimal`(number: Int) {
        var buffer = ByteBuffer()
        buffer.append(decimal: number)
        #expect(buffer.span.decoded == String(number))
    }

    @Test(arguments: [0, 1, 15, 16, 255, 256, 0xDEAD_BEEF, UInt64.max])
    func `a number is written in hexadecimal`(number: UInt64) {
        var buffer = ByteBuffer()
        buffer.append(hex: number)
        #expect(buffer.span.decoded == String(number, radix: 16))
        buffer.clear()
        buffer.append(hex: number, digits: 16)
        let digits = String(number, radix: 16)
        #expect(buffer.span.decoded == String(repeating: "0", count: 16 - digits.count) + digits)
    }

    @Test(arguments: 1...16) func `the lowest digits of a number are written, and nothing else`(digits: Int) {
        var random = SeededGenerator(seed: 4711)
        for _ in 0..<200 {
            let number = random.next()
            var buffer = ByteBuffer(minimumCapacity: 1)
            buffer.append("<")
            buffer.append(hex: number, digits: digits)
            buffer.append(">")
            let all = String(number, radix: 16)
            let padded = String(repeating: "0", count: 16 - all.count) + all
            #expect(buffer.span.decoded == "<\(padded.suffix(digits))>")
        }
    }

    @Test func `a line has a name, a value and CRLF, empty ones too`() {
        for (name, value) in [("Host", "a"), ("X", ""), ("", "y"), ("", "")] {
            var buffer = ByteBuffer(minimumCapacity: 1)
            buffer.append("~")
            buffer.appendLine(name: Array(name.utf8).span, value: Array(value.utf8).span)
            #expect(buffer.span.decoded == "~\(name): \(value)\r\n")
        }
    }
}
