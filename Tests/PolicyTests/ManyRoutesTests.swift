import Testing

@testable import Policy

@Suite struct `Ten thousand routes` {
    /// A hundred hosts with a hundred routes each, and one for the rest of each host.
    private static func definitions() throws -> [RouteDefinition] {
        var definitions: [RouteDefinition] = []
        for host in 0..<100 {
            definitions.append(try route("h\(host)", "h\(host).example.com /**"))
            for path in 0..<100 {
                definitions.append(
                    try route("h\(host)-\(path)", "h\(host).example.com /plants/{plant}/area\(path)/*/limits/**"))
            }
        }
        return definitions
    }

    @Test func `are all found, and nothing else is`() throws {
        let routes = try table(Self.definitions())
        for host in 0..<100 {
            for path in 0..<100 {
                let found = routes.verdict("h\(host).example.com", "/plants/p\(path)/area\(path)/x/limits/\(host)")
                #expect(found == "h\(host)-\(path)")
            }
            #expect(routes.verdict("h\(host).example.com", "/plants/p/area100/x/limits") == "h\(host)")
            #expect(routes.verdict("h\(host).example.com.evil", "/plants/p/area1/x/limits") == "no_route")
        }
    }

    /// A look-up walks one node a segment here, whatever stands beside it: a wide table answers like a narrow one.
    @Test func `answer like the few that a request concerns`() throws {
        let wide = try table(Self.definitions())
        let narrow = try table(Self.definitions().filter { $0.name == "h7" || $0.name.hasPrefix("h7-") })
        for path in [
            "/", "/plants", "/plants/x/area5/y/limits", "/plants/x/area5", "/plants//area5/y/limits", "/..;/x",
        ] {
            #expect(wide.verdict("h7.example.com", path) == narrow.verdict("h7.example.com", path), "\(path)")
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `with a wildcard at every place do not make a look-up explode`() throws {
        // Every mixture of literal, {plant}-free wildcard and rest, eight segments deep: 2 to the 8th patterns.
        let definitions = try (0..<256).map { mixture in
            let segments = (0..<8).map { mixture >> $0 & 1 == 0 ? "a" : "*" }
            return try route("m\(mixture)", "/" + segments.joined(separator: "/") + "/end")
        }
        let routes = try table(definitions)
        let path = "/" + Array(repeating: "a", count: 8).joined(separator: "/")
        for _ in 0..<1_000 { #expect(routes.verdict("h", path + "/elsewhere") == "no_route") }
        #expect(routes.verdict("h", path + "/end") == "m0")
        #expect(routes.verdict("h", String(repeating: "/a", count: 4_000)) == "no_route")
    }
}
