import HTTPMessage
import Testing

@testable import Proxy

@Suite struct `Bytes moved between buffers` {
    private func buffer(_ text: String, capacity: Int = 64) -> ByteBuffer {
        var buffer = ByteBuffer(minimumCapacity: capacity)
        buffer.append(text)
        return buffer
    }

    @Test func `arrive in order, and what was not moved stays`() {
        for (there, here, count) in [("", "abc", 3), ("", "abc", 2), ("x", "abc", 3), ("x", "abc", 0), ("", "", 0)] {
            var output = buffer(there)
            var input = buffer(here)
            output.move(count, from: &input)
            #expect(output.span.decoded == there + here.prefix(count))
            #expect(input.span.decoded == String(here.dropFirst(count)))
        }
    }

    @Test func `take their memory along if they are all, and behind what was consumed too`() {
        var output = buffer("gone")
        var input = buffer("!body", capacity: 4096)
        output.truncate(to: 0)
        input.consume(1)
        output.move(4, from: &input)
        #expect(output.span.decoded == "body" && output.capacity == 4096)
        #expect(input.isEmpty && input.capacity == 64)
        input.append("next")
        output.move(4, from: &input)
        #expect(output.span.decoded == "bodynext" && input.isEmpty)
    }

    @Test func `never leave more memory to read into than there was`() {
        var output = buffer("", capacity: 4096)
        var input = buffer("body")
        output.move(4, from: &input)
        #expect(output.span.decoded == "body" && output.capacity == 4096 && input.capacity == 64)
        let exchange = Exchange(limits: HeadLimits())
        exchange.output = buffer("", capacity: 4 * Exchange.longReadBytes)
        exchange.takeLargerInput()
        #expect(exchange.upstreamInput.capacity == Exchange.bufferBytes)
    }

    @Test func `of a long answer are read into the same memory again, once they are sent`() {
        let exchange = Exchange(limits: HeadLimits())
        exchange.upstreamInput = buffer("part", capacity: 65_536)
        exchange.output.move(4, from: &exchange.upstreamInput)
        exchange.takeLargerInput()
        #expect(exchange.output.span.decoded == "part", "what waits for the client is left alone")
        exchange.output.consume(4)
        exchange.takeLargerInput()
        #expect(exchange.upstreamInput.capacity == 65_536 && exchange.output.capacity == Exchange.bufferBytes)
        exchange.upstreamInput.append("more")
        exchange.takeLargerInput()
        #expect(exchange.upstreamInput.span.decoded == "more")
    }
}
