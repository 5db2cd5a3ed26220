import EventLoop

/// How a worker takes connections up, whatever becomes of the sockets that bring them.
extension Worker {
    /// How many connections are accepted before those that are there go on. Of a hundred that come at once, the first ones
    /// are served while the last ones wait, where else all would wait for the handshakes of all; nginx accepts one.
    private static let arrivalsATurn = 4
    /// How many may break in a row before they are accepted. Then it is no fault of theirs, whatever accept(2) says.
    private static let faultsMax = 64
    /// How long is waited until a fault of the machine's has passed.
    private static let pause: Duration = .milliseconds(100)
    /// How often a listener is opened anew that is broken.
    private static let reopeningInterval: Duration = .seconds(1)

    /// Accepts connections until the listener is stopped. Running out of descriptors or memory is survived: connections
    /// that only wait are shed, and accepting is tried again after a pause. So is a socket that is broken for good.
    func acceptConnections(ofListener number: Int) async {
        guard let bound = directory.listener(number) else { return }
        var arrivals = 0
        var faults = 0
        while !state.isDraining {
            if directory.budget.pressure == .full {
                directory.shed(count: 32)
                await loop.sleep(until: loop.now + .milliseconds(50))
                if directory.budget.pressure == .full { continue }
            }
            switch bound.listener.accept() {
            case .accepted(let socket, let peer):
                begin(socket, peer, bound.service)
                arrivals += 1
                faults = 0
            case .wouldBlock:
                do throws(IOError) { try await bound.listener.acceptable() } catch { return }
            case .exhausted:
                state.tally.acceptsExhausted &+= 1
                directory.shed(count: 32)
                await loop.sleep(until: loop.now + Self.pause)
            case .transient:
                arrivals += 1
                faults += 1
                if faults % Self.faultsMax == 0 { await loop.sleep(until: loop.now + Self.pause) }
            case .broken(let error):
                await reopen(bound, error)
            }
            // However many come: those who are here are served meanwhile.
            if arrivals >= Self.arrivalsATurn {
                arrivals = 0
                await loop.nextTurn()
            }
        }
    }

    /// Has a listener listen again whose socket is broken. Until then the gateway is not ready, and says why.
    private func reopen(_ bound: BoundListener, _ error: IOError) async {
        listenerLog.broken(bound.listener.address, error)
        bound.isBroken = true
        while !state.isDraining {
            do throws(IOError) {
                bound.listener = try bound.listener.reopened(reusePort: bound.isShared)
                bound.isBroken = false
                return listenerLog.reopened(bound.listener.address)
            } catch {
                listenerLog.cannotReopen(bound.listener.address, error, now: loop.now, &bound.complaints)
            }
            await loop.sleep(until: loop.now + Self.reopeningInterval)
        }
    }

    /// Where nobody is accepted at the moment who should be.
    var brokenListeners: [SocketAddress] {
        directory.listeners.filter(\.isBroken).map(\.listener.address)
    }
}
