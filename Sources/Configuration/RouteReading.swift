import Identity
import Policy

/// Reads `routes`.
struct RouteReading {
    let diagnostics: Diagnostics
    let folder: String
    /// The place of each upstream, by its name.
    let upstreams: [String: Int]
    /// The longest body where a route says nothing.
    let bodyBytesMax: UInt64?

    /// A route with the place that it came from.
    struct Placed {
        let definition: RouteDefinition
        let node: Node
    }

    func read(_ map: MapReader) -> [Placed] {
        map.list("routes", of: "routes").compactMap { node in
            MapReader(node, .route, diagnostics, folder: folder).flatMap { read(node, $0) }
        }
    }

    private func read(_ node: Node, _ map: MapReader) -> Placed? {
        let name = map.require("name", .route, fix: "logs and metrics need it: add name: something")
            .flatMap { self.name($0, map) }
        var match = RouteMatch()
        // A match that could not be read says nothing of the plant.
        var isMatchKnown = true
        if let node = map["match"], let matchMap = MapReader(node, .match, diagnostics, folder: folder) {
            match.host = pattern("host", matchMap) { text throws(PatternProblem) in try HostPattern(text) }
            match.path = pattern("path", matchMap) { text throws(PatternProblem) in try PathPattern(text) }
            isMatchKnown =
                (match.host == nil) == (matchMap["host"] == nil) && (match.path == nil) == (matchMap["path"] == nil)
        } else if map["match"] != nil {
            isMatchKnown = false
        }
        match.plant = map.text("plant")
        if let node = map["plant"], match.plant == "" {
            diagnostics.error(node, "an empty plant", allowed: "a plant's code or id")
        }
        checkPlant(match, map)
        let requirements = RequirementReading(diagnostics: diagnostics, folder: folder)
        let requirement = requirements.read(map)
        let shadow = requirements.readShadow(map)
        for (key, requirement) in [("require", requirement), ("shadow", shadow)] {
            guard let requirement, requirement.needsPlant, !match.bindsPlant, isMatchKnown, let place = map[key] else {
                continue
            }
            diagnostics.error(
                place, "a role on a route that is about no plant",
                fix: "put {plant} into match.path or match.host, or add plant: CODE")
        }
        let upstream = upstream(map)
        let identity = IdentityReading(diagnostics: diagnostics, folder: folder).read(map)
        let slashes = map.choice("encoded_slashes", [("refuse", false), ("allow", true)])
        let bodyBytesMax = body(map)
        let upgrades = upgrades(map)
        let origins = origins(map)
        let rate = RateReading(diagnostics: diagnostics, folder: folder).read(map)
        guard let name, let requirement, let upstream else { return nil }
        return Placed(
            definition: RouteDefinition(
                name: name, match: match, requirement: requirement, shadow: shadow,
                upstream: upstream.name, upstreamIndex: upstream.index, identity: identity, bodyBytesMax: bodyBytesMax,
                allowsEncodedSlashes: slashes ?? false, upgrades: upgrades, origins: origins, rate: rate),
            node: node)
    }

    private func name(_ node: Node, _ map: MapReader) -> String? {
        guard let text = map.text(node, allowed: "a name") else { return nil }
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        guard !text.isEmpty, text.utf8.count <= 128, isPlain else {
            diagnostics.error(node, node.kind, allowed: "a name of 1 to 128 bytes, without control characters")
            return nil
        }
        return text
    }

    private func pattern<Pattern>(
        _ key: String, _ map: MapReader, _ parse: (String) throws(PatternProblem) -> Pattern
    ) -> Pattern? {
        guard let node = map[key], let text = map.text(node, allowed: "text") else { return nil }
        do throws(PatternProblem) {
            return try parse(text)
        } catch {
            diagnostics.error(node, error.found, allowed: error.allowed)
            return nil
        }
    }

    private func checkPlant(_ match: RouteMatch, _ map: MapReader) {
        let inPath = match.path?.capturesPlant == true
        let inHost = match.host?.capturesPlant == true
        let count = (inPath ? 1 : 0) + (inHost ? 1 : 0) + (match.plant == nil ? 0 : 1)
        if count > 1 {
            diagnostics.error(
                map["match"] ?? map.node, "a plant from more than one place",
                allowed: "path, host or plant: one of them")
        }
    }

    private func upstream(_ map: MapReader) -> (name: String, index: Int)? {
        guard let node = map.require("upstream", .route, fix: "name one of the upstreams"),
            let name = map.text(node, allowed: "the name of an upstream")
        else { return nil }
        if let index = upstreams[name] { return (name, index) }
        diagnostics.error(
            node, "the upstream \"\(name)\", which is not defined",
            allowed: upstreams.isEmpty
                ? "there are no upstreams"
                : "upstreams are " + upstreams.keys.sorted().prefix(20).joined(separator: ", "),
            fix: Suggestion.nearest(to: name, among: Array(upstreams.keys)).map { "did you mean \"\($0)\"?" })
        return nil
    }

    private func upgrades(_ map: MapReader) -> [String] {
        guard map["upgrades"] != nil else { return ["websocket"] }
        return map.list("upgrades", of: "protocols").compactMap { node in
            guard let name = map.text(node, allowed: "a protocol") else { return nil }
            let isToken = name.utf8.allSatisfy { byte in
                byte > 0x20 && byte < 0x7F && !"\"(),:;<=>?@[\\]{}".utf8.contains(byte)
            }
            guard isToken, !name.isEmpty, name.utf8.count <= 64 else {
                diagnostics.error(node, "\"\(name)\"", allowed: "the name of a protocol, like websocket")
                return nil
            }
            let family = name.lowercased().prefix { $0 != "/" }
            guard !["h2c", "h2", "h3", "http", "tls"].contains(family) else {
                diagnostics.error(
                    node, "\"\(name)\" among upgrades", allowed: "protocols other than HTTP and TLS",
                    fix: "requests would pass the gateway without a decision; take it away")
                return nil
            }
            return name
        }
    }

    private func origins(_ map: MapReader) -> RouteOrigins {
        guard map["origins"] != nil else { return .own }
        var isAny = false
        let origins = map.list("origins", of: "origins").compactMap { node -> [UInt8]? in
            guard let text = map.text(node, allowed: "an origin") else { return nil }
            if text == "*" {
                isAny = true
                return nil
            }
            guard Self.isOrigin(text) else {
                diagnostics.error(
                    node, "\"\(text)\"", allowed: "https://host or https://host:port as browsers send it, or \"*\"")
                return nil
            }
            return Array(text.lowercased().utf8)
        }
        return isAny ? .any : .also(origins)
    }

    /// Whether this is an origin as browsers send it: no path, not even a slash.
    private static func isOrigin(_ text: String) -> Bool {
        guard let line = RequestLine(method: "GET", url: text) else { return false }
        return line.path == "/" && line.query == nil && !text.hasSuffix("/") && !text.contains("?")
    }

    private func body(_ map: MapReader) -> UInt64? {
        guard let node = map["body"] else { return bodyBytesMax }
        if case .scalar("unlimited") = node.content { return nil }
        return map.bytes("body") ?? bodyBytesMax
    }
}

/// Reads `identity`: the name of a preset, or a map of header to template.
struct IdentityReading {
    let diagnostics: Diagnostics
    let folder: String

    func read(_ map: MapReader) -> IdentityTemplate {
        guard let node = map["identity"] else { return .gatehouse }
        switch node.content {
        case .map(let entries):
            let pairs = entries.compactMap { entry -> (name: String, template: String)? in
                map.text(entry.value, allowed: "a template").map { (entry.name, $0) }
            }
            let known = diagnostics.all.count
            for (entry, pair) in zip(entries, pairs) where pairs.count == entries.count {
                check(pair) { diagnostics.error(entry.value, $0.found, allowed: $0.allowed) }
            }
            do throws(PatternProblem) {
                return try IdentityTemplate(map: pairs)
            } catch {
                // What is wrong with one header alone has been said; this is about two.
                if diagnostics.all.count == known { diagnostics.error(node, error.found, allowed: error.allowed) }
                return .none
            }
        default:
            guard case .scalar = node.content else {
                diagnostics.error(node, node.kind, allowed: "a preset, or a map of header to template")
                return .none
            }
            return map.choice("identity", IdentityTemplate.presets.map { ($0.name, $0.template) }) ?? .none
        }
    }

    private func check(_ pair: (name: String, template: String), _ report: (PatternProblem) -> Void) {
        do throws(PatternProblem) {
            _ = try IdentityTemplate(map: [pair])
        } catch {
            report(error)
        }
    }
}
