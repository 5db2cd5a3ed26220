import Glibc

/// What a read brought.
package enum ReadOutcome: Hashable, Sendable {
    /// So many bytes, at least one.
    case bytes(Int)
    /// Nothing now; wait until the socket is readable.
    case wouldBlock
    /// The other side has finished writing.
    case endOfStream
}

/// How far a write came.
package enum WriteOutcome: Hashable, Sendable {
    /// So many bytes were taken, at least one, unless there were none to take.
    case bytes(Int)
    /// None now; wait until the socket is writable.
    case wouldBlock
}

/// A connected stream socket on its loop: TCP or Unix.
///
/// Reads and writes never suspend; `readable` and `writable` do. Registered with the kernel once. A flag for each
/// direction says whether trying is worth a system call, so a socket is not read in vain only to learn EAGAIN.
/// At most one task may wait for each direction. Let go of or closed anywhere, used on its loop only.
package final class Socket {
    private var descriptor: Descriptor?
    private let registration: Registration
    private let kernel: any Kernel
    private var knownPeer: SocketAddress?

    package var loop: EventLoop { registration.loop }

    /// Takes over a connected stream socket. Makes it non-blocking and has it send small writes at once (TCP_NODELAY).
    package convenience init(_ descriptor: consuming Descriptor, loop: EventLoop) throws(IOError) {
        let raw = descriptor.raw
        let flags = fcntl(raw, F_GETFL)
        guard flags >= 0, fcntl(raw, F_SETFL, flags | O_NONBLOCK) == 0 else {
            throw IOError(errno: errno, call: "fcntl")
        }
        Socket.sendAtOnce(raw)
        try self.init(prepared: descriptor, loop: loop, mayWrite: true, peer: nil)
    }

    /// Takes over a socket that does not block and whose options are set.
    init(
        prepared descriptor: consuming Descriptor, loop: EventLoop, mayWrite: Bool, peer: SocketAddress?
    ) throws(IOError) {
        registration = try loop.register(descriptor.raw, trigger: .edge, mayWrite: mayWrite)
        kernel = loop.kernel
        knownPeer = peer
        self.descriptor = consume descriptor
    }

    deinit { close() }

    /// Switches off Nagle's algorithm. A Unix socket has none and says so, which is fine.
    static func sendAtOnce(_ descriptor: Int32) {
        var on: Int32 = 1
        _ = unsafe setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    // MARK: Bytes

    /// Appends what there is to read to `output`, as far as it has room. `closedByPeer` after a reset.
    package func read(into output: inout OutputSpan<UInt8>) throws(IOError) -> ReadOutcome {
        guard output.freeCapacity > 0 else { return .bytes(0) }
        return unsafe try output.withUnsafeMutableBufferPointer { buffer, count throws(IOError) in
            let outcome = unsafe try receive(
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]))
            if case .bytes(let received) = outcome { count += received }
            return outcome
        }
    }

    /// Reads into raw memory, for a protocol in between.
    package func receive(into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> ReadOutcome {
        guard registration.mayRead else { return .wouldBlock }
        guard let raw = descriptor?.raw else { throw .cancelled }
        let count = unsafe kernel.receive(raw, into: buffer)
        if count > 0 {
            // A short answer means that the kernel has no more. If the stream is finished, no event will tell its end,
            // so it stays readable until the end has been read.
            if count < buffer.count, !registration.isFinished { registration.mayRead = false }
            return .bytes(count)
        }
        if count == 0 { return .endOfStream }
        guard -count == Int(EAGAIN) else { throw IOError(errno: Int32(truncatingIfNeeded: -count), call: "recv") }
        registration.mayRead = false
        return .wouldBlock
    }

    /// Writes as much of `bytes` as the kernel takes. `closedByPeer` when nobody reads them any more.
    package func write(_ bytes: Span<UInt8>) throws(IOError) -> WriteOutcome {
        unsafe try bytes.withUnsafeBytes { bytes throws(IOError) in unsafe try send(bytes) }
    }

    /// Writes from raw memory, for a protocol in between.
    package func send(_ bytes: UnsafeRawBufferPointer) throws(IOError) -> WriteOutcome {
        guard unsafe !bytes.isEmpty else { return .bytes(0) }
        guard registration.mayWrite else { return .wouldBlock }
        guard let raw = descriptor?.raw else { throw .cancelled }
        let count = unsafe kernel.send(raw, bytes)
        if count >= 0 {
            if count < bytes.count { registration.mayWrite = false }
            return .bytes(count)
        }
        guard -count == Int(EAGAIN) else { throw IOError(errno: Int32(truncatingIfNeeded: -count), call: "send") }
        registration.mayWrite = false
        return .wouldBlock
    }

    // MARK: Waiting

    /// Whether a read can bring something.
    package var mayRead: Bool { registration.mayRead }

    /// Has the next read ask the kernel whatever it has told: more is likely to have come since the last one.
    package func expectInput() { registration.mayRead = true }

    /// Whether something has come that nobody asked for, or the end. What it was is lost: only for a connection that is
    /// closed if so.
    ///
    /// `mayRead` alone does not tell. The kernel announces each arrival, also of what an earlier read took with it, and so
    /// a long answer that has been read to its end may leave the flag behind. One system call, only where it stands.
    func holdsUnasked() -> Bool { registration.mayRead && takeByte() != .wouldBlock }

    /// Whether the other side has finished writing, or the connection is broken, as the kernel knows it now: what it has
    /// told is a turn of the loop old. For a connection that is about to be closed; what has come is lost.
    package func hasPeerFinished() -> Bool {
        if registration.isFinished { return true }
        expectInput()
        return takeByte() == .endOfStream
    }

    /// What the next read brings. A broken connection is at its end as well.
    private func takeByte() -> ReadOutcome {
        unsafe withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { room in
            unsafe (try? receive(into: room)) ?? .endOfStream
        }
    }

    /// Whether the other side has finished writing, or sent what nobody asked for, or whoever waited was told to give up:
    /// for a connection between two uses, which is spent if so. What has come is lost.
    package func isSpent() -> Bool { registration.isFinished || registration.isCancelled || holdsUnasked() }

    /// Whether a write can go through.
    package var mayWrite: Bool { registration.mayWrite }

    /// Whether the other side has finished writing or the connection is broken: a pooled one is stale then.
    package var peerHasHungUp: Bool { registration.isFinished }

    /// Whether the connection is broken, by a reset say: what is sent reaches nobody.
    package var isBroken: Bool { registration.isBroken }

    /// Has `call` called when the other side finishes writing and when the connection breaks, also while nobody waits:
    /// the kernel tells both unasked. Maybe more than once; never after `close()`.
    package func whenPeerHangsUp(_ call: @escaping () -> Void) { registration.hungUp = call }

    /// Waits until a read can bring something; at once when it can now. A deadline that passes first: `timedOut`.
    package func readable(deadline: MonotonicInstant) async throws(IOError) {
        try await registration.readable(deadline: deadline)
    }

    /// The same for an observer in place of a task.
    package func tellReadable(_ observer: any ReadObserver, deadline: MonotonicInstant) {
        registration.tellReadable(observer, deadline: deadline)
    }

    /// Waits until a write can go through; at once when it can now. A deadline that passes first: `timedOut`.
    package func writable(deadline: MonotonicInstant) async throws(IOError) {
        try await registration.writable(deadline: deadline)
    }

    /// Whether the waits were cancelled.
    package var isCancelled: Bool { registration.isCancelled }

    /// Ends the present waits, and all later ones at once, with `IOError.cancelled`.
    package func cancel() { registration.cancel() }

    /// What can cancel from another thread.
    package var canceller: Canceller { Canceller(loop: registration.loop, number: registration.number) }

    // MARK: The end

    /// Tells the other side that no more bytes will come (FIN), and goes on reading.
    package func shutdownWrite() {
        if let raw = descriptor?.raw { _ = shutdown(raw, Int32(SHUT_WR)) }
    }

    /// Closes the connection; whoever waits is told `IOError.cancelled`. Idempotent.
    package func close() {
        guard descriptor != nil else { return }
        registration.hungUp = nil
        registration.mayRead = true
        registration.mayWrite = true
        registration.loop.unregister(registration.number, keepingOpen: nil)
        descriptor = nil
    }

    // MARK: Where

    /// The other side's address; nil when the connection is gone.
    package var peerAddress: SocketAddress? {
        if let knownPeer { return knownPeer }
        guard let raw = descriptor?.raw else { return nil }
        knownPeer = unsafe SocketAddress { unsafe getpeername(raw, $0, $1) == 0 }
        return knownPeer
    }

    /// Our own address; nil when the connection is gone.
    package var localAddress: SocketAddress? {
        guard let raw = descriptor?.raw else { return nil }
        return unsafe SocketAddress { unsafe getsockname(raw, $0, $1) == 0 }
    }
}
