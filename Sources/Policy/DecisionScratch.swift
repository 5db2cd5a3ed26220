import HTTPMessage

/// Memory for decisions, used again for each, so that a decision allocates nothing.
package struct DecisionScratch: ~Copyable {
    var normal = ByteBuffer(minimumCapacity: 512)
    var host = ByteBuffer(minimumCapacity: 256)
    let key = HostKey()

    package init() {}

    /// The path of the last decision in its normal form: what is forwarded. Empty if it was refused.
    package var path: Span<UInt8> {
        @_lifetime(borrow self)
        get { normal.span }
    }
}
