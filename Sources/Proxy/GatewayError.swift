package import EventLoop
package import TLS

/// Why a gateway could not start or take a new snapshot. Each says what to do about it.
package enum GatewayError: Error, Sendable {
    /// Somebody listens at this address already.
    case addressInUse(String)
    /// The address is not ours to listen at, or not an address.
    case cannotListen(String, IOError?)
    case certificate(TLSConfigurationError)
    /// The name of an endpoint is not known to the system's resolver.
    case unknownEndpoint(upstream: String, endpoint: String)
    /// The kernel gave no thread or epoll set.
    case noLoop(IOError)
}

extension GatewayError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .addressInUse(let address):
            "\(address): the address is in use; stop what listens there (ss -ltnp shows it), or change listeners"
        case .cannotListen(let address, let error):
            "\(address): cannot listen there: \(error.map(\.description) ?? "this is not an address"); "
                + "check listeners, and for ports below 1024 the right to bind them (CAP_NET_BIND_SERVICE)"
        case .certificate(let error):
            error.description
        case .unknownEndpoint(let upstream, let endpoint):
            "upstream \(upstream): the host of \(endpoint) is not known; check its name and the system's resolver"
        case .noLoop(let error):
            "a worker's loop cannot be made: \(error); check the limits on threads and descriptors (ulimit -u, -n)"
        }
    }
}
