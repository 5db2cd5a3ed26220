/// The system calls of the data plane: the kernel's, or a test's that plays the kernel.
///
/// Calls that move bytes answer as the kernel itself does: a count, or an error number below zero.
package protocol Kernel: AnyObject, Sendable {
    /// Begins to watch a descriptor.
    func add(_ descriptor: Int32, _ number: RegistrationNumber, _ interest: Readiness) throws(IOError)
    /// Changes what is watched for; with one-shot interest, asks again.
    func modify(_ descriptor: Int32, _ number: RegistrationNumber, _ interest: Readiness) throws(IOError)
    /// Ends watching. A descriptor that is closed already is no error.
    func remove(_ descriptor: Int32)
    /// Waits for events, at most so long (-1: without end), and puts them in place of what `events` holds.
    func wait(milliseconds: Int32, into events: inout [ReadinessEvent])
    /// Ends a `wait`, the present or the next one. From any thread.
    func wake()
    /// The monotonic clock.
    func now() -> MonotonicInstant
    /// recv(2).
    func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int
    /// send(2), which never raises SIGPIPE.
    func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int
    /// accept4(2): the new descriptor, not blocking and closed on exec, and the peer's address.
    func accept(_ listener: Int32, peer: inout SocketAddress?) -> Int32
}
