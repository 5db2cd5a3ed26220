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
        let nodes = map.list("endpoints", of: "URLs")
        if nodes.isEmpty, map["endpoints"]?.isList != false {
            diagnostics.error(
                entry.value, "the upstream \(entry.name) without endpoints",
                fix: "add endpoints: [\"http://127.0.0.1:9001\"]")
        }
        let endpoints = nodes.compactMap { node -> UpstreamSettings.Endpoint? in
            guard let url = map.text(node, allowed: "a URL") else { return nil }
            guard Self.isEndpoint(url) else {
                diagnostics.error(
                    node, "\"\(url)\"", allowed: "http://host:port, https://host:port or http://unix:/path",
                    fix: Self.hint(url))
                return nil
            }
            return UpstreamSettings.Endpoint(url: url)
        }
        let balance = map.choice("balance", UpstreamSettings.Balance.allCases.map { ($0.rawValue, $0) })
        readHealth(map)
        return UpstreamSettings(
            name: entry.name, endpoints: endpoints, balance: balance ?? .roundRobin, timeouts: timeouts(map))
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

    /// Checks what this version does not use yet, so that it is right when one does.
    private func readHealth(_ map: MapReader) {
        guard let node = map["health"], let health = MapReader(node, .health, diagnostics, folder: folder) else {
            return
        }
        _ = health.duration("interval")
        if let path = health["path"], let text = health.text(path, allowed: "a path"), !text.hasPrefix("/") {
            diagnostics.error(path, "\"\(text)\"", allowed: "a path that begins with /")
        }
    }

    private static func isEndpoint(_ url: String) -> Bool {
        if url.hasPrefix("http://unix:/") { return AddressRange.isListenAddress(String(url.dropFirst(7))) }
        guard let line = RequestLine(method: "GET", url: url) else { return false }
        return line.path == "/" && line.query == nil && !url.hasSuffix("/") && !url.contains("?")
    }

    private static func hint(_ url: String) -> String? {
        for scheme in ["h2://", "h2c://"] where url.hasPrefix(scheme) {
            return "\(scheme) to an application is not in this version"
        }
        if url.hasPrefix("unix:") { return "did you mean \"http://\(url)\"?" }
        if !url.contains("://") { return "did you mean \"http://\(url)\"?" }
        return nil
    }
}
