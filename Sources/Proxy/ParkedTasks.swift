/// The tasks of a worker that wait to be given something to do beside what their connections do.
///
/// A task that waits costs less than a new one: with one for each HTTP/2 stream, making them was a tenth of a request.
/// All that is here belongs to the worker's loop.
final class ParkedTasks {
    /// What can be given to a task.
    enum Work {
        /// Carries the body of a request.
        case pump(RequestBodyPump)
        /// Serves a stream.
        case stream(Conversation)
        /// Sends the frames of connections that have some.
        case frameRound(FrameRound)
        /// Sends the frames of a connection whose client takes no more for now.
        case frames(HTTP2Connection)
        /// Ends a connection, when its client knows.
        case drain(HTTP2Connection)
        /// Carries what a tunnel's client sends.
        case tunnel(Tunnel)
        /// Reads from an HTTP/2 connection to an application, as long as there is one.
        case upstreamSession(UpstreamSession)
        /// Sends the frames that are ready on it.
        case upstreamFrames(UpstreamSession)
    }

    @safe private final class Place {
        var work: Work?
        var waiter: UnsafeContinuation<Void, Never>?
    }

    /// Tasks that have nothing to do, the one that had last on top: what it touches is still in the processor's cache.
    private var parked: [Place] = []
    /// What was given to tasks that have not begun yet.
    private var pending: [Work] = []
    private var isEnded = false
    /// Starts a task that calls `run`.
    private let spawn: () -> Void

    /// How many tasks wait at most: each keeps the memory of the deepest call that it ever made.
    private static let parkedMax = 512

    init(spawn: @escaping () -> Void) { self.spawn = spawn }

    /// Has a task do `work`, once the one that runs now suspends.
    func start(_ work: Work) {
        if let place = parked.popLast() {
            place.work = work
            unsafe place.waiter.take()?.resume()
        } else {
            pending.append(work)
            spawn()
        }
    }

    /// The life of one task: does what it is given, until there are tasks enough or the worker ends.
    func run() async {
        guard !pending.isEmpty else { return }
        let place = Place()
        place.work = pending.removeFirst()
        while let work = place.work.take() {
            switch work {
            case .pump(let pump): await pump.run()
            case .stream(let conversation): await conversation.serveStream()
            case .frameRound(let round): round.run()
            case .frames(let connection): await connection.sendFrames()
            case .drain(let connection): await connection.finishDraining()
            case .tunnel(let tunnel): await tunnel.runUpward()
            case .upstreamSession(let session): await session.run()
            case .upstreamFrames(let session): await session.sendFrames()
            }
            if isEnded || parked.count >= Self.parkedMax { return }
            unsafe await withUnsafeContinuation { waiter in
                // The end may have come on the way here.
                if isEnded { return unsafe waiter.resume() }
                unsafe place.waiter = waiter
                parked.append(place)
            }
        }
    }

    /// Ends the tasks that wait, and the others when they have done what they do.
    func end() {
        isEnded = true
        for place in parked { unsafe place.waiter.take()?.resume() }
        parked.removeAll()
    }
}
