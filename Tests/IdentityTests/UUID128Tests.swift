import Identity
import Testing

@Suite struct UUID128Tests {
    @Test func `text comes back as it was, in lower case`() throws {
        let id = try #require(UUID128("C232AB00-9414-11EC-B3C8-9F6BDECED846"))
        #expect(id.high == 0xc232_ab00_9414_11ec)
        #expect(id.low == 0xb3c8_9f6b_dece_d846)
        #expect(id.description == "c232ab00-9414-11ec-b3c8-9f6bdeced846")
    }

    @Test(arguments: [
        "", "c232ab00941411ecb3c89f6bdeced846", "{c232ab00-9414-11ec-b3c8-9f6bdeced846}",
        "c232ab00-9414-11ec-b3c8-9f6bdeced84", "c232ab00-9414-11ec-b3c8-9f6bdeced8466",
        "c232ab00-9414-11ec-b3c8-9f6bdeced84g", "c232ab0-09414-11ec-b3c8-9f6bdeced846",
        "c232ab00-9414-11ec-b3c8-9f6bdeced84\0", " c232ab00-9414-11ec-b3c8-9f6bdeced846",
        "c232ab00-9414-11ec-b3c8-9f6bdeced84６", String(repeating: "0", count: 10_000),
    ])
    func `what has another form is no identifier`(text: String) {
        #expect(UUID128(text) == nil)
    }

    @Test func `RFC 9562: random ones are of version 4 and variant 10`() {
        for _ in 0..<100 {
            let id = UUID128.random(from: SystemRandomSource())
            #expect(id.high >> 12 & 15 == 4)
            #expect(id.low >> 62 == 2)
            #expect(UUID128(id.description) == id)
        }
    }
}
