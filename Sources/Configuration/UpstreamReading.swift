/// Reads `upstreams`.
struct UpstreamReading {
    let diagnostics: Diagnostics
    let folder: String

    func read(_ map: MapReader, into upstreams: inout [UpstreamSettings], places: inout [String: SourceLocation]) {
        guard let node = map["upstreams"] else { return }
        guard case .map(let entries) = node.content else {
            diagnostics.error(node, node.kind, allowed: "a map of name to upstream")
            return
        }
        for entry in entries {
            if let other = places.updateValue(entry.key, forKey: entry.name) {
                diagnostics.add(
                    Diagnostic(
                        entry.key, found: "the upstream \(entry.name) a second time", fix: "it is also at \(other)"))
                continue
            }
            upstreams.append(read(entry))
        }
    }

    private func read(_ entry: Node.Entry) -> UpstreamSettings {
        guard let map = MapReader(entry.value, .upstream, diagnostics, folder: folder) else {
            return UpstreamSettings(name: entry.name, endpoints: [])
        }
        let balance = map.choice("balance", UpstreamSettings.Balance.allCases.map { ($0.rawValue, $0) })
        let endpoints = endpoints(map, of: entry)
        let tls = tls(map)
        if map["tls"] != nil, !endpoints.isEmpty, !endpoints.contains(where: { EndpointForm.isSecure($0.url) }) {
            diagnostics.warning(
                entry.value, "tls for the upstream \(entry.name), none of whose endpoints speaks it",
                fix: "write https:// in front of its endpoints, or take tls away")
        }
        return UpstreamSettings(
            name: entry.name, endpoints: endpoints, balance: balance ?? .leastRequests, timeouts: timeouts(map),
            health: health(map, endpoints), ejection: ejection(map),
            slowStart: map.duration("slow_start", atLeast: .zero) ?? .zero,
            retries: retries(map), limits: limits(map),
            resolve: map.duration("resolve", atLeast: .seconds(1)) ?? .seconds(30), tls: tls)
    }

    private func endpoints(_ map: MapReader, of entry: Node.Entry) -> [UpstreamSettings.Endpoint] {
        let nodes = map.list("endpoints", of: "URLs")
        if nodes.isEmpty, map["endpoints"]?.isList != false {
            diagnostics.error(
                entry.value, "the upstream \(entry.name) without endpoints",
                fix: "add endpoints: [\"http://127.0.0.1:9001\"]")
        }
        var seen: [String: SourceLocation] = [:]
        return nodes.compactMap { node in
            guard let url = map.text(node, allowed: "a URL") else { return nil }
            guard EndpointForm.isValid(url) else {
                diagnostics.error(
                    node, "\"\(url)\"", allowed: EndpointForm.allowed, fix: EndpointForm.hint(url))
                return nil
            }
            if let other = seen.updateValue(node.location, forKey: url) {
                diagnostics.error(node, "the endpoint \(url) a second time", fix: "it is also at \(other)")
                return nil
            }
            return UpstreamSettings.Endpoint(url: url)
        }
    }

    private func timeouts(_ map: MapReader) -> UpstreamSettings.Timeouts {
        var timeouts = UpstreamSettings.Timeouts()
        guard let node = map["timeouts"], let map = MapReader(node, .timeouts, diagnostics, folder: folder) else {
            return timeouts
        }
        if let value = map.duration("connect") { timeouts.connect = value }
        if let value = map.duration("first_byte") { timeouts.firstByte = value }
        if let value = map.duration("idle") { timeouts.idle = value }
        return timeouts
    }

    private func health(
        _ map: MapReader, _ endpoints: [UpstreamSettings.Endpoint]
    ) -> UpstreamSettings.HealthCheck? {
        guard let node = map["health"], let map = MapReader(node, .health, diagnostics, folder: folder) else {
            return nil
        }
        var health = UpstreamSettings.HealthCheck()
        if let node = map["path"], let path = map.text(node, allowed: "a path") {
            let isClean = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
            if !path.hasPrefix("/") {
                diagnostics.error(node, "\"\(path)\"", allowed: "a path that begins with /")
            } else if !isClean {
                diagnostics.error(node, "\"\(path)\"", allowed: "a path of visible ASCII; percent-encode what is not")
            } else {
                health.path = path
            }
        }
        if let node = map["grpc"], let service = map.text(node, allowed: "the name of a service") {
            let isName = service.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && service.utf8.count <= 127
            if !isName {
                diagnostics.error(node, "\"\(service)\"", allowed: "the name of a service, 127 bytes at most")
            } else if map["path"] != nil {
                diagnostics.error(node, "grpc beside path", fix: "keep the one that the application answers")
            } else if let other = endpoints.first(where: { !EndpointForm.speaksHTTP2($0.url) }) {
                diagnostics.error(node, "grpc for \(other.url)", fix: "gRPC needs h2:// or h2c://")
            } else {
                health.grpcService = service
            }
        }
        if let node = map["host"], let host = map.text(node, allowed: "a host") {
            if Authority(host) == nil {
                diagnostics.error(node, "\"\(host)\"", allowed: "a host, or host:port")
            } else {
                health.host = host
            }
        }
        if let value = map.duration("interval", atLeast: .milliseconds(100)) { health.interval = value }
        if let value = map.duration("timeout") { health.timeout = value }
        if let count = map.integer("healthy_after", 1...100) { health.healthyAfter = count }
        if let count = map.integer("unhealthy_after", 1...100) { health.unhealthyAfter = count }
        if let statuses = expectedStatuses(map) { health.expect = statuses }
        return health
    }

    /// `200`, `200-299` or a list of them.
    private func expectedStatuses(_ map: MapReader) -> [ClosedRange<Int>]? {
        guard let node = map["expect"] else { return nil }
        let nodes = if case .list(let items) = node.content { items } else { [node] }
        if node.hasNoItems { diagnostics.error(node, "an empty list", allowed: "at least one status") }
        return nodes.compactMap { node in
            guard let text = map.text(node, allowed: "a status like 200, or 200-299") else { return nil }
            let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1],
                (100...599).contains(first), (first...599).contains(last)
            else {
                diagnostics.error(node, "\"\(text)\"", allowed: "a status like 200, or 200-299")
                return nil
            }
            return first...last
        }
    }

    private func ejection(_ map: MapReader) -> UpstreamSettings.Ejection? {
        var ejection = UpstreamSettings.Ejection()
        guard let node = map["ejection"] else { return ejection }
        if case .scalar("off") = node.content { return nil }
        guard let map = MapReader(node, .ejection, diagnostics, folder: folder) else { return ejection }
        if let count = map.integer("failures", 1...1000) { ejection.failures = count }
        if let value = map.duration("base") { ejection.base = value }
        if let value = map.duration("maximum") { ejection.maximum = value }
        if ejection.maximum < ejection.base {
            diagnostics.error(node, "a maximum below the base of ejection", fix: "raise maximum, or lower base")
        }
        return ejection
    }

    private func retries(_ map: MapReader) -> UpstreamSettings.Retries {
        var retries = UpstreamSettings.Retries()
        guard let node = map["retries"] else { return retries }
        if case .scalar("off") = node.content {
            retries.attempts = 0
            return retries
        }
        guard let map = MapReader(node, .retries, diagnostics, folder: folder) else { return retries }
        if let count = map.integer("attempts", 0...10) { retries.attempts = count }
        if let percent = map.integer("budget", 0...100) { retries.budgetPercent = percent }
        return retries
    }

    private func limits(_ map: MapReader) -> UpstreamSettings.Limits {
        var limits = UpstreamSettings.Limits()
        guard let node = map["limits"], let map = MapReader(node, .upstreamLimits, diagnostics, folder: folder) else {
            return limits
        }
        if let count = map.integer("connections", 1...1_000_000) { limits.connections = count }
        if let count = map.integer("idle_connections", 0...1_000_000) { limits.idleConnections = count }
        if let value = map.duration("idle") { limits.idle = value }
        if let count = map.integer("pending", 0...1_000_000) { limits.pending = count }
        if let value = map.duration("pending_timeout") { limits.pendingTimeout = value }
        return limits
    }

    private func tls(_ map: MapReader) -> UpstreamSettings.TLS {
        var tls = UpstreamSettings.TLS()
        guard let node = map["tls"], let map = MapReader(node, .upstreamTLS, diagnostics, folder: folder) else {
            return tls
        }
        tls.authority = map["ca"].flatMap(map.path)
        let certificate = map["certificate"].flatMap(map.path)
        let key = map["key"].flatMap(map.path)
        if let certificate, let key {
            tls.certificate = CertificatePair(certificate: certificate, key: key, location: node.location)
        } else if certificate != nil || key != nil {
            diagnostics.error(
                node, "a \(key == nil ? "certificate without its key" : "key without its certificate")",
                fix: "name both files")
        }
        if let node = map["server_name"], let name = map.text(node, allowed: "a host") {
            if let authority = Authority(name), authority.port == nil {
                tls.serverName = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
            } else {
                diagnostics.error(node, "\"\(name)\"", allowed: "a host name or an address, without a port")
            }
        }
        if let verifies = map.choice("verify", [("true", true), ("false", false)]) { tls.verifies = verifies }
        if !tls.verifies {
            diagnostics.warning(
                map["verify"] ?? node, "verify: false: whoever can stand in between can read and change everything",
                fix: "name the authority of the application's certificate: ca: FILE")
        }
        return tls
    }
}
