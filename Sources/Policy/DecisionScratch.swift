import HTTPMessage

/// Memory for decisions, used again for each, so that a decision allocates nothing.
package struct DecisionScratch: ~Copyable {
    var normal = ByteBuffer(minimumCapacity: 512)
    var host = ByteBuffer(minimumCapacity: 256)
    /// Where the host of a look-up is put together with one label replaced.
    let key = ReusedBytes()
    /// What other servers may read in the path.
    let reading = ReusedBytes()

    package init() {}

    /// The path of the last decision in its normal form: what is forwarded. Empty if it was refused.
    package var path: Span<UInt8> {
        @_lifetime(borrow self)
        get { normal.span }
    }
}

/// Bytes that are put together anew for each use.
final class ReusedBytes {
    var bytes = ByteBuffer(minimumCapacity: 256)

    /// What was put together: good until the next time.
    var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(bytes.span, borrowing: self) }
    }
}
