import HTTPMessage
import Testing

@Suite struct `Classes of bytes` {
    private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    private static let digits = "0123456789"

    private func members(_ isMember: (UInt8) -> Bool) -> [UInt8] { (UInt8.min...UInt8.max).filter(isMember) }

    @Test func `a token is made of what RFC 9110, section 5.6.2, lists`() {
        let wanted = Array(("!#$%&'*+-.^_`|~" + Self.letters + Self.digits).utf8).sorted()
        #expect(members(ByteClass.isToken) == wanted)
    }

    @Test func `a target is visible ASCII without a fragment`() {
        #expect(members(ByteClass.isTarget) == Array(0x21...0x7E).filter { $0 != UInt8(ascii: "#") })
    }

    @Test func `a host is letters, digits, hyphens, dots and underscores`() {
        #expect(members(ByteClass.isHost) == Array(("-._" + Self.letters + Self.digits).utf8).sorted())
    }

    @Test func `a field's value has no control byte but the tab`() {
        #expect(members { !ByteClass.isFieldValue($0) } == Array(0...8) + Array(10...31) + [127])
    }

    @Test func `a digit is 0 to 9`() {
        #expect(members(ByteClass.isDigit) == Array(Self.digits.utf8))
    }

    @Test func `white space is space and tab`() {
        #expect(members(\.isSpaceOrTab) == [9, 32])
    }
}
