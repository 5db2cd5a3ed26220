/// Lists of the form `a, b, c`, of which many fields are made (RFC 9110, section 5.6.1).
extension Span<UInt8> {
    /// The next element of the list, from `position` on, without white space around it; nil after the last.
    ///
    /// Moves `position`, which begins as 0, behind the element. Empty elements come too.
    @_lifetime(copy self)
    package func nextListElement(_ position: inout Int) -> Span<UInt8>? {
        guard position <= count else { return nil }
        var first = position
        var last = firstMarked(from: first, to: count) { $0.equal(to: UInt8(ascii: ",")) }
        position = last + 1
        while first < last, self[first].isSpaceOrTab { first += 1 }
        while last > first, self[last - 1].isSpaceOrTab { last -= 1 }
        return extracting(first..<last)
    }
}

extension UInt8 {
    /// Whether it is optional white space (OWS: RFC 9110, section 5.6.3).
    @inlinable public var isSpaceOrTab: Bool { self == 0x20 || self == 0x09 }
}
