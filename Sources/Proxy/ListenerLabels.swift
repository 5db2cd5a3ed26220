import Configuration
import EventLoop

/// What the listeners of a configuration are called from one process to the next: their addresses as written, and which
/// of those that are written alike they are. A port of 0, chosen anew by the kernel each time, is found again by it.
struct ListenerLabels {
    /// In the order of the configuration.
    let all: [String]

    init(_ listeners: [ListenerSettings]) {
        var seen: [String: Int] = [:]
        all = listeners.map { listener in
            let number = seen[listener.address, default: 0]
            seen[listener.address] = number + 1
            return "\(listener.address)#\(number)"
        }
    }

    /// The inherited sockets of the listener at `place`: those of its label, or, from a service manager, which knows no
    /// labels of ours, those at its address.
    func sockets(of place: Int, at address: SocketAddress, in inherited: [ListeningSocket]) -> [ListeningSocket] {
        inherited.filter { socket in
            if let label = socket.label { return label == all[place] }
            return socket.address == address
        }
    }
}
