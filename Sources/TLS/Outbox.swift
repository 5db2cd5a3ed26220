import EventLoop

/// The encrypted bytes on their way from OpenSSL to the kernel.
///
/// What one call of OpenSSL produces is gathered in the loop's scratch memory and leaves with one send(2); only what
/// the kernel does not take is copied into memory of the connection's own.
struct Outbox {
    /// The most bytes that wait for the kernel. Only a peer that provokes answers and reads none gets there.
    private static let unsentBytesMax = 256 * 1024

    /// How many bytes of the scratch memory are ours. 0 whenever somebody else may run.
    private var gathered = 0
    /// What the kernel did not take.
    private var unsent: [UInt8] = []
    /// What leaves together with whatever is gathered next, and before it.
    private var held: [UInt8] = []

    /// Whether everything is in the kernel's hands but for what is held.
    var isEmpty: Bool { unsent.isEmpty && gathered == 0 }

    /// Takes bytes that `send` is to send. False when too many wait already.
    mutating func gather(_ bytes: UnsafeRawBufferPointer, in scratch: UnsafeMutableRawBufferPointer) -> Bool {
        if !held.isEmpty { unsafe takeUpHeld(in: scratch) }
        if unsent.isEmpty, gathered + bytes.count <= scratch.count {
            unsafe UnsafeMutableRawBufferPointer(rebasing: scratch[gathered...]).copyMemory(from: bytes)
            gathered += bytes.count
            return true
        }
        guard unsent.count + gathered + bytes.count <= Outbox.unsentBytesMax else { return false }
        unsafe unsent.append(contentsOf: scratch[..<gathered])
        gathered = 0
        unsafe unsent.append(contentsOf: bytes)
        return true
    }

    /// Has what is gathered wait for company. Nobody else may wait for it.
    mutating func hold(in scratch: UnsafeMutableRawBufferPointer) {
        guard unsent.isEmpty else { return }
        unsafe held.append(contentsOf: scratch[..<gathered])
        gathered = 0
    }

    private mutating func takeUpHeld(in scratch: UnsafeMutableRawBufferPointer) {
        unsafe scratch.copyBytes(from: held)
        gathered = held.count
        held = []
    }

    /// Forgets everything: the connection is at its end.
    mutating func discard() {
        gathered = 0
        unsent = []
        held = []
    }

    /// Hands what there is to the kernel, and keeps what it does not take. To be called before anybody else may run.
    mutating func send(to socket: Socket) throws(IOError) {
        if !unsent.isEmpty { try sendUnsent(to: socket) }
        guard gathered > 0 else { return }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: socket.loop.scratch[..<gathered])
        gathered = 0
        switch unsafe try socket.send(bytes) {
        case .bytes(let count): unsafe unsent.append(contentsOf: bytes[count...])
        case .wouldBlock: unsafe unsent.append(contentsOf: bytes)
        }
    }

    private mutating func sendUnsent(to socket: Socket) throws(IOError) {
        let outcome = unsafe try unsent.span.withUnsafeBytes { bytes throws(IOError) in unsafe try socket.send(bytes) }
        guard case .bytes(let count) = outcome else { return }
        // An empty array holds no memory.
        if count == unsent.count { unsent = [] } else { unsent.removeFirst(count) }
    }
}
