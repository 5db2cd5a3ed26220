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
            .flatMap { map.text($0, allowed: "a name") }
        var match = RouteMatch()
        if let node = map["match"], let matchMap = MapReader(node, .match, diagnostics, folder: folder) {
            match.host = pattern("host", matchMap) { text throws(PatternProblem) in try HostPattern(text) }
            match.path = pattern("path", matchMap) { text throws(PatternProblem) in try PathPattern(text) }
        }
        match.plant = map.text("plant")
        checkPlant(match, map)
        let requirement = RequirementReading(diagnostics: diagnostics, folder: folder).read(map)
        if let requirement, requirement.needsPlant, !match.bindsPlant, let place = map["require"] {
            diagnostics.error(
                place, "a role on a route that is about no plant",
                fix: "put {plant} into match.path or match.host, or add plant: CODE")
        }
        let upstream = upstream(map)
        let identity = IdentityReading(diagnostics: diagnostics, folder: folder).read(map)
        let slashes = map.choice("encoded_slashes", [("refuse", false), ("allow", true)])
        guard let name, let requirement, let upstream else { return nil }
        return Placed(
            definition: RouteDefinition(
                name: name, match: match, requirement: requirement, upstream: upstream.name,
                upstreamIndex: upstream.index, identity: identity, bodyBytesMax: body(map),
                allowsEncodedSlashes: slashes ?? false),
            node: node)
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
            do throws(PatternProblem) {
                return try IdentityTemplate(map: pairs)
            } catch {
                diagnostics.error(node, error.found, allowed: error.allowed)
                return .none
            }
        default:
            return map.choice("identity", IdentityTemplate.presets.map { ($0.name, $0.template) }) ?? .none
        }
    }
}
