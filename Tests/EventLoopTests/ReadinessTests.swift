import Glibc
import Testing

@testable import EventLoop

@Suite struct ReadinessTests {
    @Test func `an event that was under way when its descriptor was closed and reused reaches nobody`() throws {
        let rig = Rig()
        let first = try rig.socket()
        let number = rig.kernel.number(of: first.raw)
        let late = ReadinessEvent(number: number, readiness: [.readable, .readHangUp])
        first.socket.close()
        let second = try rig.socket()
        #expect(rig.kernel.number(of: second.raw).slot == number.slot, "its place in the table is given out again")
        rig.kernel.with { $0.news.append([late]) }
        rig.turn()
        #expect(!second.socket.mayRead)
        #expect(!second.socket.peerHasHungUp)
        rig.kernel.tell(second.raw, .readable)
        rig.turn()
        #expect(second.socket.mayRead)
    }

    @Test func `a short read clears the flag, and a full one does not`() throws {
        let rig = Rig()
        let (socket, raw) = try rig.socket()
        rig.kernel.tell(raw, .readable)
        rig.turn()
        rig.kernel.with { $0.receptions = [.success([1, 2, 3, 4]), .success([5])] }
        #expect(try read(socket, room: 4) == (.bytes(4), [1, 2, 3, 4]))
        #expect(socket.mayRead)
        #expect(try read(socket, room: 4) == (.bytes(1), [5]))
        #expect(!socket.mayRead)
        #expect(try read(socket, room: 4) == (.wouldBlock, []))
    }

    @Test func `an event for what was read already is nothing unasked`() throws {
        let rig = Rig()
        let (socket, raw) = try rig.socket()
        #expect(!socket.holdsUnasked())
        rig.kernel.tell(raw, .readable)
        rig.turn()
        #expect(socket.mayRead && !socket.holdsUnasked())
        #expect(!socket.mayRead, "it has looked")
        for reception: Result<[UInt8], IOError> in [.success([1]), .success([]), .failure(.closedByPeer)] {
            rig.kernel.tell(raw, .readable)
            rig.turn()
            rig.kernel.with { $0.receptions = [reception] }
            #expect(socket.holdsUnasked())
        }
    }

    @Test func `that the other side has finished is known before the loop is told`() throws {
        let rig = Rig()
        let (socket, raw) = try rig.socket()
        #expect(!socket.hasPeerFinished(), "nothing has come")
        let receptions: [(Result<[UInt8], IOError>, Bool)] = [
            (.success([1]), false), (.success([]), true), (.failure(.closedByPeer), true),
        ]
        for (reception, isOver) in receptions {
            rig.kernel.with { $0.receptions = [reception] }
            #expect(socket.hasPeerFinished() == isOver && !socket.peerHasHungUp)
        }
        rig.kernel.tell(raw, .readHangUp)
        rig.turn()
        #expect(socket.hasPeerFinished())
    }

    @Test func `after a half-close the end is read although no event tells of it any more`() throws {
        let rig = Rig()
        let (socket, raw) = try rig.socket()
        rig.kernel.tell(raw, [.readable, .readHangUp])
        rig.turn()
        rig.kernel.with { $0.receptions = [.success([7]), .success([])] }
        #expect(socket.peerHasHungUp)
        #expect(try read(socket, room: 100) == (.bytes(1), [7]))
        #expect(socket.mayRead, "the short read must not hide the end")
        #expect(try read(socket, room: 100) == (.endOfStream, []))
        #expect(socket.mayWrite, "our own direction is still open")
    }

    @Test func `the end is told while nobody waits, and a break is told apart from it`() throws {
        let rig = Rig()
        let (socket, raw) = try rig.socket()
        let told = Box(0)
        socket.whenPeerHangsUp { told.value += 1 }
        rig.kernel.tell(raw, [.readable, .writable])
        rig.turn()
        #expect(told.value == 0)
        rig.kernel.tell(raw, [.readable, .readHangUp])
        rig.turn()
        #expect(told.value == 1 && socket.peerHasHungUp && !socket.isBroken)
        rig.kernel.tell(raw, [.readable, .writable, .error, .hangUp, .readHangUp])
        rig.turn()
        #expect(told.value == 2 && socket.isBroken)
        rig.kernel.tell(raw, .hangUp)
        socket.close()
        rig.turn()
        #expect(told.value == 2, "nobody is told after the close")
    }

    @Test(arguments: [(ECONNRESET, IOError.closedByPeer), (EIO, .system(errno: EIO, call: "recv"))])
    func `a failed read says why`(code: Int32, expected: IOError) throws {
        let rig = Rig()
        let (socket, raw) = try rig.socket()
        rig.kernel.tell(raw, [.error, .hangUp])
        rig.turn()
        rig.kernel.with { $0.receptions = [.failure(.system(errno: code, call: "recv"))] }
        #expect(throws: expected) { try read(socket, room: 1) }
    }

    @Test(arguments: [false, true])
    func `an event between a wait's first look and its beginning is not missed`(cancelled: Bool) throws {
        let rig = Rig()
        let (socket, raw) = try rig.socket()
        let story = Box<[String]>([])
        let gate = Box<CheckedContinuation<Void, Never>?>(nil)
        let resident = Resident(rig.loop, Box(socket), story, gate)
        let elsewhere = Elsewhere()
        Task(executorPreference: elsewhere) { await resident.wait() }
        elsewhere.run()
        rig.turn()
        gate.value?.resume()
        elsewhere.run()
        // With so many jobs in a turn, what the wait makes of itself is left for the next one.
        for _ in 0..<2000 { rig.loop.run {} }
        rig.turn()
        if cancelled { socket.cancel() } else { rig.kernel.tell(raw, .readable) }
        for _ in 0..<3 {
            rig.turn()
            elsewhere.run()
        }
        #expect(story.value == [cancelled ? "\(IOError.cancelled)" : "readable"])
    }

    @Test func `a borrowed descriptor is asked about anew at each wait and stays open`() throws {
        let rig = Rig()
        let descriptor = rig.descriptor()
        let watch = Box(try Watch(borrowing: descriptor.raw, loop: rig.loop))
        let wakes = Box(0)
        rig.start {
            for _ in 0..<3 {
                try? await watch.value.readable(deadline: .distantFuture)
                wakes.value += 1
            }
        }
        rig.turn()
        for expected in 1...3 {
            rig.kernel.tell(descriptor.raw, .readable)
            rig.turn()
            #expect(wakes.value == expected)
        }
        #expect(rig.kernel.with { $0.modifications } == 3)
        watch.value.remove()
        watch.value.remove()
        #expect(fcntl(descriptor.raw, F_GETFD) >= 0)
        #expect(rig.kernel.number(of: descriptor.raw) == .wakeUp)
        #expect(rig.loop.registrationCount == 0)
    }

    @Test func `on a borrowed descriptor a wait to write is not lost when a read comes first`() throws {
        let rig = Rig()
        let descriptor = rig.descriptor()
        let watch = Box(try Watch(borrowing: descriptor.raw, loop: rig.loop))
        let log = Box<[String]>([])
        rig.start {
            try? await watch.value.readable(deadline: .distantFuture)
            log.value.append("read")
        }
        rig.start {
            try? await watch.value.writable(deadline: .distantFuture)
            log.value.append("write")
        }
        rig.turn()
        rig.kernel.tell(descriptor.raw, .readable)
        rig.turn()
        #expect(log.value == ["read"])
        #expect(rig.kernel.with { $0.interests[descriptor.raw]?.interest } == [.writable, .oneShot])
        rig.kernel.tell(descriptor.raw, .writable)
        rig.turn()
        #expect(log.value == ["read", "write"])
    }

    private func read(_ socket: Socket, room: Int) throws -> (ReadOutcome, [UInt8]) {
        var outcome = ReadOutcome.wouldBlock
        let bytes = try [UInt8](capacity: room) { span in outcome = try socket.read(into: &span) }
        return (outcome, bytes)
    }
}

/// Where a task likes to run when it needs not be on a loop.
private final class Elsewhere: TaskExecutor, @unchecked Sendable {
    private var jobs: [UnownedJob] = []

    func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

    func run() {
        let ready = jobs
        jobs = []
        for job in ready { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

/// What lives on a loop and is asked by tasks that have no preference for it.
private actor Resident {
    private nonisolated let loop: EventLoop
    private let socket: Box<Socket>
    /// What has happened so far.
    private nonisolated let story: Box<[String]>
    /// Lets `wait` begin.
    private nonisolated let gate: Box<CheckedContinuation<Void, Never>?>

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(
        _ loop: EventLoop, _ socket: Box<Socket>, _ story: Box<[String]>, _ gate: Box<CheckedContinuation<Void, Never>?>
    ) {
        self.loop = loop
        self.socket = socket
        self.story = story
        self.gate = gate
    }

    func wait() async {
        await withCheckedContinuation { gate.value = $0 }
        do throws(IOError) {
            try await socket.value.readable(deadline: .distantFuture)
            story.value.append("readable")
        } catch {
            story.value.append("\(error)")
        }
    }
}
