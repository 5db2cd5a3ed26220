/// How far a parser came with a head.
package enum HeadProgress: Sendable, Hashable {
    case needMore
    /// The head is complete; its first `consumed` bytes are done with, and what follows is body.
    case complete(consumed: Int)
}
