/// What is made ready to be used again: the one that was used last is taken first, so that those that a quieter load does
/// not need lie at the bottom, and are let go of.
///
/// Public for the reason that `ByteBuffer` is.
public struct Shelf<Element> {
    @usableFromInline var elements: [Element] = []
    /// How few there were since `sweep` was last called.
    @usableFromInline var fewest = 0
    @usableFromInline let countMax: Int

    /// A shelf that keeps so many at most.
    package init(countMax: Int) { self.countMax = countMax }

    package var count: Int { elements.count }

    @inlinable public mutating func take() -> Element? {
        guard let element = elements.popLast() else { return nil }
        if elements.count < fewest { fewest = elements.count }
        return element
    }

    @inlinable public mutating func put(_ element: consuming Element) {
        if elements.count < countMax { elements.append(element) }
    }

    /// Lets go of half of those that nobody has needed since the last time. Call it now and then.
    package mutating func sweep() {
        elements.removeFirst((fewest + 1) / 2)
        fewest = elements.count
    }

    package mutating func removeAll() {
        elements.removeAll()
        fewest = 0
    }
}
