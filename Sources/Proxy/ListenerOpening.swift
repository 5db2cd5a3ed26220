import Configuration
import EventLoop
import Glibc
import TLS

/// Makes sockets, certificates and addresses of what a snapshot says, before anything is served.
enum ListenerOpening {
    /// One service a listener, in the order of the snapshot, with certificates loaded from their files. Tickets of the
    /// services that are replaced stay good.
    static func services(
        of snapshot: Snapshot, replacing former: [ListenerService]
    ) throws(GatewayError) -> [ListenerService] {
        var services: [ListenerService] = []
        for (index, listener) in snapshot.listeners.enumerated() {
            services.append(try service(listener, replacing: former.indices.contains(index) ? former[index] : nil))
        }
        return services
    }

    private static func service(
        _ listener: ListenerSettings, replacing former: ListenerService?
    ) throws(GatewayError) -> ListenerService {
        func plain(_ purpose: ListenerService.Purpose) -> ListenerService {
            ListenerService(
                purpose: purpose, tls: nil, certificateNames: [], expectsProxyHeader: listener.expectsProxyHeader)
        }
        switch listener.purpose {
        case .redirectToHTTPS: return plain(.redirect)
        case .operations: return plain(.operations)
        case .gateway(let files):
            guard !files.isEmpty else { return plain(.gateway) }
            do throws(TLSConfigurationError) {
                var certificates: [Certificate] = []
                for pair in files {
                    certificates.append(try Certificate(certificateFile: pair.certificate, keyFile: pair.key))
                }
                return ListenerService(
                    purpose: .gateway,
                    tls: try ServerContext(
                        certificates: certificates, protocols: ["h2", "http/1.1"], resuming: former?.tls),
                    certificateNames: certificates.map(\.names), expectsProxyHeader: listener.expectsProxyHeader,
                    strictTransport: listener.strictTransport)
            } catch {
                throw .certificate(error)
            }
        }
    }

    /// Binds every listener on every worker, so that the kernel spreads connections over them; the operations listener
    /// and Unix sockets on the first alone. Answers where each listens.
    static func open(
        _ snapshot: Snapshot, services: [ListenerService], workers: [Worker], inherited: [ListeningSocket] = []
    ) async throws(GatewayError) -> [SocketAddress] {
        let labels = ListenerLabels(snapshot.listeners)
        var addresses: [SocketAddress] = []
        for (place, listener) in snapshot.listeners.enumerated() {
            guard var address = SocketAddress(listener.address) else { throw .cannotListen(listener.address, nil) }
            let service = services[place]
            let isShared = workers.count > 1 && !address.isUnix && service.purpose != .operations
            let sockets = labels.sockets(of: place, at: address, in: inherited)
            if let first = sockets.first {
                addresses.append(first.address)
                try await listen(on: sockets, isShared ? workers : Array(workers.prefix(1)), place, service)
                continue
            }
            for (index, worker) in workers.enumerated() where index == 0 || isShared {
                do throws(IOError) {
                    // The port that the kernel chose for the first is the one for all.
                    address = try await worker.listen(
                        at: address, place: place, service: service, reusePort: isShared)
                } catch {
                    throw error.errno == EADDRINUSE
                        ? .addressInUse(listener.address) : .cannotListen(listener.address, error)
                }
            }
            addresses.append(address)
        }
        return addresses
    }

    /// Deals sockets that listen already to the workers. A worker may get several, and several may share one: every
    /// connection that waits in one of them is taken by somebody.
    private static func listen(
        on sockets: [ListeningSocket], _ workers: [Worker], _ place: Int, _ service: ListenerService
    ) async throws(GatewayError) {
        let count = max(sockets.count, workers.count)
        for index in 0..<count {
            let socket = sockets[index % sockets.count]
            do throws(IOError) {
                try await workers[index % workers.count].listen(
                    on: socket, place: place, service: service, isShared: count > 1)
            } catch {
                throw .cannotListen("\(socket.address)", error)
            }
        }
    }
}

/// How many descriptors this process may have.
enum DescriptorBudget {
    /// How many clients' connections fit into the limit (RLIMIT_NOFILE), each with one to an upstream, and some to
    /// spare for everything else. The soft limit is raised to the hard one first.
    static var connections: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 512 }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = min(limit.rlim_max, 1 << 20)
            _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        let descriptors = Int(clamping: min(limit.rlim_cur, 1 << 20))
        return max(64, (descriptors - 128) / 2)
    }
}
