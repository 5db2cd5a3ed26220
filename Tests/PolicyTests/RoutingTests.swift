import HTTPMessage
import Testing

@testable import Policy

@Suite struct `The most specific route` {
    /// From the most specific to the least, for `/plants/detroit/x` on `spc.example.com`.
    private static let ladder = [
        "spc.example.com /plants/detroit/x", "spc.example.com /plants/detroit/{plant}",
        "spc.example.com /plants/detroit/*",
        "spc.example.com /plants/detroit/**", "spc.example.com /plants/{plant}/x", "spc.example.com /plants/*/x",
        "spc.example.com /plants/*/**", "spc.example.com /plants/**", "spc.example.com /{plant}/detroit/x",
        "spc.example.com /*/detroit/x", "spc.example.com /**", "{plant}.example.com /plants/detroit/x",
        "{plant}.example.com /**", "*.example.com /plants/detroit/x", "*.example.com /**", "/plants/detroit/x",
        "/plants/{plant}/**", "/**",
    ]

    @Test(arguments: ladder.indices.dropLast())
    func `wins whatever the order in the file`(index: Int) throws {
        let rest = Self.ladder[index...]
        for order in [Array(rest), rest.reversed(), rest.shuffled()] {
            let routes = try table(order.map { try route($0, $0) })
            #expect(routes.verdict("spc.example.com", "/plants/detroit/x") == Self.ladder[index])
        }
    }

    @Test(arguments: [
        ("/plants/detroit", "plants"), ("/plants/detroit/", "plants"), ("/plants/detroit/a/b/c", "plants"),
        ("/plants", "no_route"), ("/plants/", "no_route"), ("/one/x", "one"), ("/one", "no_route"),
        ("/one/", "no_route"),
        ("/one/x/", "no_route"), ("/exact", "exact"), ("/exact/", "no_route"), ("/slash/", "slash"),
        ("/slash", "no_route"), ("/rest", "rest"), ("/rest/", "rest"), ("/rest/a", "rest"), ("/restx", "no_route"),
        ("/caf%C3%A9", "coffee"), ("/caf%c3%a9", "coffee"), ("/", "no_route"),
    ])
    func `is found by whole segments, and a last ** also matches nothing`(path: String, verdict: String) throws {
        let routes = try table([
            route("plants", "/plants/{plant}/**"), route("one", "/one/*"), route("exact", "/exact"),
            route("slash", "/slash/"), route("rest", "/rest/**"), route("coffee", "/café"),
        ])
        #expect(routes.verdict("h", path) == verdict)
    }

    @Test func `is found by going back when a literal leads nowhere`() throws {
        let routes = try table([
            route("deep", "/a/b/c"), route("plant", "/a/{plant}/d"), route("star", "/*/b/e"), route("rest", "/a/**"),
        ])
        #expect(routes.verdict("h", "/a/b/c") == "deep")
        #expect(routes.verdict("h", "/a/b/d") == "plant")
        #expect(routes.verdict("h", "/x/b/e") == "star")
        #expect(routes.verdict("h", "/a/b/e") == "rest", "the first segment that differs decides")
        #expect(routes.verdict("h", "/a/b/f") == "rest")
    }

    @Test(arguments: [
        ("spc.example.com", "exact"), ("SPC.Example.COM", "exact"), ("spc.example.com.", "exact"),
        ("www.example.com", "wild"), ("a.b.example.com", "every"), ("example.com", "every"), ("", "every"),
        (".", "every"),
        ("detroit.reports.example.com", "plant"), ("x.detroit.reports.example.com", "every"), ("[::1]", "every"),
        (".example.com", "every"), ("*.example.com", "wild"), ("reports.detroit.example.org", "middle"),
    ])
    func `is chosen by host without case and without a final dot`(host: String, verdict: String) throws {
        let routes = try table([
            route("exact", "spc.example.com"), route("wild", "*.example.com"),
            route("plant", "{plant}.reports.example.com"), route("middle", "reports.{plant}.example.org"),
            route("every"),
        ])
        #expect(routes.verdict(host, "/") == verdict)
    }

    @Test func `of the host gives way to the next host when no path fits`() throws {
        let routes = try table([
            route("exact", "spc.example.com /a/**"), route("wild", "*.example.com /b/**"), route("every", "/c/**"),
        ])
        #expect(routes.verdict("spc.example.com", "/a") == "exact")
        #expect(routes.verdict("spc.example.com", "/b") == "wild")
        #expect(routes.verdict("spc.example.com", "/c") == "every")
        #expect(routes.verdict("spc.example.com", "/d") == "no_route")
    }

    @Test func `must not be two`() throws {
        var collisions: [RouteTable.Collision] = []
        _ = RouteTable(
            try [
                route("a", "/x/**"), route("b", "/y"), route("c", "/x/**"), route("d", "H.example.com /"),
                route("e", "h.EXAMPLE.com /"), route("f", "/%78/**"), route("g"), route("h", "/**"),
            ], collisions: &collisions)
        #expect(
            collisions == [
                RouteTable.Collision(first: 0, second: 2), RouteTable.Collision(first: 3, second: 4),
                RouteTable.Collision(first: 0, second: 5), RouteTable.Collision(first: 6, second: 7),
            ])
    }

    @Test func `is none in an empty table`() throws {
        let denial = try #require(try table([]).decide("GET", "h", "/").denial)
        #expect(denial.status == 404)
        #expect(denial.code == "no_route")
    }
}

@Suite struct `A pattern` {
    @Test(arguments: [
        "", "a", "/a//b", "//", "/**/a", "/a*", "/a/**b", "/{plant}/{plant}", "/{plants}", "/{plant}x", "/a%2fb",
        "/a%00b",
        "/a\\b", "/..", "/a/../b", "/a/./b", "/%252e", "/%", "/" + String(repeating: "a", count: 3_000),
    ])
    func `for paths is refused when it says something else than it seems to`(text: String) {
        #expect(throws: PatternProblem.self) { try PathPattern(text) }
    }

    @Test(arguments: ["/", "/a", "/a/", "/a/*/b", "/{plant}", "/**", "/a/{plant}/**", "/caf%C3%A9"])
    func `for paths reads what it writes`(text: String) throws {
        #expect(try PathPattern(text).description == text)
    }

    @Test(arguments: [
        "", "a..b", ".a", "a.", "a.*", "*.*.a", "**.a", "{plant}.{plant}.a", "*.{plant}.a", "a b", "a:80", "a/b",
        "[::1]",
        "é.example", "x{plant}.a", String(repeating: "a", count: 64), String(repeating: "a.", count: 150) + "a",
    ])
    func `for hosts is refused when it is none`(text: String) {
        #expect(throws: PatternProblem.self) { try HostPattern(text) }
    }

    @Test(arguments: [
        ("A.Example.com", "a.example.com"), ("*.a", "*.a"), ("{plant}.a.b", "{plant}.a.b"), ("localhost", "localhost"),
    ])
    func `for hosts is in lower case`(text: String, expected: String) throws {
        #expect(try HostPattern(text).description == expected)
    }
}
