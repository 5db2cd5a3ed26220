import EventLoop
import HTTPMessage
import Identity

/// Bytes both ways between a client and an application, after both have agreed on another protocol than HTTP.
///
/// Each way is a task that reads no more than it has written, so that who cannot write does not read, and no more than
/// one buffer is ever held for it. What began as HTTP/1.1 and what is a stream of HTTP/2 differ in their ends alone.
/// Belongs to a worker's loop.
final class Tunnel {
    /// Why a tunnel ends that neither side has ended.
    enum Ending {
        /// Nothing passed for `timeouts.idle`.
        case idle
        /// The gateway stops.
        case draining
        /// The right that it was opened by has ended.
        case revoked
        /// One side broke off, or took nothing for too long.
        case broken

        /// What a WebSocket's client is told (RFC 6455, section 7.4.1): going away, or policy violation.
        fileprivate var closeCode: UInt16 { if case .revoked = self { 1008 } else { 1001 } }
    }

    /// One of the two ways.
    enum Way { case toUpstream, toClient }

    private let client: TunnelEnd
    private let upstream: TunnelEnd
    private let state: WorkerState
    private let tally: TunnelTally
    private let idleTimeout: Duration
    private let writeTimeout: Duration
    /// What the client sent before the application had agreed.
    private var early: TunnelBuffers.Buffer?
    /// The frames that pass to the client; nil for what is no WebSocket.
    private var frames: WebSocketFrames?
    /// Whether bytes for the client wait to be written.
    private var isWritingToClient = false
    private var lastActivity: MonotonicInstant
    private var isUpwardRunning = false
    private var waiter: CheckedContinuation<Void, Never>?

    private(set) var bytesFromClient: UInt64 = 0
    private(set) var bytesFromUpstream: UInt64 = 0
    /// Why it ended, if neither side ended it.
    private(set) var ending: Ending?

    /// - Parameters:
    ///   - tally: counts it among the application's tunnels while it runs.
    ///   - frames: where the frames stand that have passed to the client already; nil for what is no WebSocket.
    ///   - early: what the client sent before the application had agreed; goes first.
    ///   - alreadySent: how many bytes of the application's went out together with the answer.
    init(
        client: TunnelEnd, upstream: TunnelEnd, state: WorkerState, tally: TunnelTally, idleTimeout: Duration,
        frames: WebSocketFrames?, early: inout ByteBuffer, alreadySent: Int
    ) {
        self.client = client
        self.upstream = upstream
        self.state = state
        self.tally = tally
        self.idleTimeout = idleTimeout
        self.frames = frames
        let write = state.deployment.timeouts.write
        writeTimeout = write < idleTimeout ? write : idleTimeout
        lastActivity = state.loop.now
        bytesFromUpstream = UInt64(alreadySent)
        guard !early.isEmpty else { return }
        let buffer = state.tunnelBuffers.borrow()
        bytesFromClient = UInt64(early.count)
        buffer.bytes.move(early.count, from: &early)
        self.early = buffer
    }

    private var loop: EventLoop { state.loop }

    /// Carries both ways until both have ended. The ends are the caller's to close.
    func run() async {
        tally.opened()
        tally.add(bytesFromClient, .toUpstream)
        tally.add(bytesFromUpstream, .toClient)
        isUpwardRunning = true
        state.tasks.start(.tunnel(self))
        await carry(.toClient)
        await withCheckedContinuation { waiter in
            if isUpwardRunning { self.waiter = waiter } else { waiter.resume() }
        }
        state.streams.forget(self)
        tally.closed()
    }

    /// Carries what the client sends, as a task of its own.
    func runUpward() async {
        await carry(.toUpstream)
        isUpwardRunning = false
        waiter.take()?.resume()
    }

    /// Ends the tunnel from outside. A WebSocket's client is told why, if that can stand where its frames are just now;
    /// then it has a moment to close its side. Repeatable.
    func end(_ reason: Ending) {
        guard ending == nil else { return }
        ending = reason
        upstream.cancel()
        guard let frames, frames.mayInterject, !isWritingToClient, reason != .broken else { return client.cancel() }
        var notice = ByteBuffer(minimumCapacity: 4)
        notice.append(bytes: WebSocketFrames.close(reason.closeCode))
        // A client that has no room for four bytes misses them.
        _ = try? client.write(&notice)
        client.finishWriting()
        state.streams.linger(self)
    }

    /// Ends what is left of a tunnel that was ended a moment ago.
    func cutOff() { client.cancel() }

    // MARK: One way

    private func carry(_ way: Way) async {
        let (source, sink) = way == .toUpstream ? (client, upstream) : (upstream, client)
        do throws(IOError) {
            if way == .toUpstream, let early {
                self.early = nil
                try await write(early, to: sink, way)
            }
            while try await waitForBytes(from: source) {
                guard try await pass(from: source, to: sink, way) else { break }
            }
            if ending == nil { sink.finishWriting() }
        } catch {
            await fail(error, way)
        }
    }

    /// Waits, holding nothing, until there is something to read. Bytes of the other way count as well: as long as any
    /// pass, nobody is idle.
    private func waitForBytes(from source: TunnelEnd) async throws(IOError) -> Bool {
        while true {
            do throws(IOError) {
                try await source.readable(deadline: lastActivity + idleTimeout)
                return true
            } catch {
                guard error == .timedOut else { throw error }
                if loop.now >= lastActivity + idleTimeout {
                    end(.idle)
                    throw .timedOut
                }
            }
        }
    }

    /// Moves what there is to read; false at the end of the stream.
    private func pass(from source: TunnelEnd, to sink: TunnelEnd, _ way: Way) async throws(IOError) -> Bool {
        let buffer = state.tunnelBuffers.borrow()
        var steps = 0
        while true {
            let outcome: ReadOutcome
            do throws(IOError) { outcome = try source.read(into: &buffer.bytes) } catch {
                state.tunnelBuffers.giveBack(buffer)
                throw error
            }
            switch outcome {
            case .bytes(let count):
                note(count, way, buffer)
                if ending != nil { buffer.bytes.clear() }
                if !buffer.bytes.isEmpty { try await writeAll(buffer, to: sink, way) }
                steps += 1
                if steps % Conversation.stepsATurn == 0 { try await letOthersGoOn(buffer, from: source) }
            case .wouldBlock, .endOfStream:
                state.tunnelBuffers.giveBack(buffer)
                return outcome != .endOfStream
            }
        }
    }

    /// Lets others have their turn. Who never has to wait has to ask whether there still is anything to wait for.
    private func letOthersGoOn(_ buffer: TunnelBuffers.Buffer, from source: TunnelEnd) async throws(IOError) {
        await loop.nextTurn()
        guard source.isToldToEnd else { return }
        state.tunnelBuffers.giveBack(buffer)
        throw .cancelled
    }

    private func note(_ count: Int, _ way: Way, _ buffer: TunnelBuffers.Buffer) {
        lastActivity = loop.now
        tally.add(UInt64(count), way)
        switch way {
        case .toUpstream: bytesFromClient &+= UInt64(count)
        case .toClient:
            bytesFromUpstream &+= UInt64(count)
            frames?.note(buffer.bytes)
        }
    }

    /// Writes all of the buffer and gives it back.
    private func write(_ buffer: TunnelBuffers.Buffer, to sink: TunnelEnd, _ way: Way) async throws(IOError) {
        try await writeAll(buffer, to: sink, way)
        state.tunnelBuffers.giveBack(buffer)
    }

    /// Writes all of the buffer, waiting where the other side is slower; gives it back only when that fails.
    private func writeAll(_ buffer: TunnelBuffers.Buffer, to sink: TunnelEnd, _ way: Way) async throws(IOError) {
        if way == .toClient { isWritingToClient = true }
        do throws(IOError) {
            while !buffer.bytes.isEmpty {
                if case .wouldBlock = try sink.write(&buffer.bytes) {
                    try await sink.writable(deadline: loop.now + writeTimeout)
                } else {
                    lastActivity = loop.now
                }
            }
        } catch {
            state.tunnelBuffers.giveBack(buffer)
            throw error
        }
        if way == .toClient { isWritingToClient = false }
    }

    /// What a way that failed means for the other. After the tunnel was ended, what the client still sends is read and
    /// forgotten, so that what it was told reaches it: unread bytes would make the kernel reset the connection.
    private func fail(_ error: IOError, _ way: Way) async {
        if ending == nil { return end(.broken) }
        guard way == .toUpstream else { return }
        do throws(IOError) {
            while try await waitForBytes(from: client) {
                guard try await pass(from: client, to: upstream, way) else { return }
            }
        } catch {
            // Closed or cut off: either way it is over.
            return
        }
    }
}
