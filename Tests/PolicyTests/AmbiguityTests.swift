import Testing

@testable import Policy

/// Paths that some server would take for the path of another route (threats: one path, two readings).
@Suite struct `A path with two readings` {
    private func routes() throws -> RouteTable {
        try table([
            route("public", "/public/**"), route("admin", "/admin/**"), route("plants", "/plants/{plant}/**"),
            route("files", "/files/**", slashes: true), route("report", "/report"), route("item", "/item/*/end"),
        ])
    }

    @Test(arguments: [
        // Duplicate slashes.
        ("//admin/x", "ambiguous_path"), ("/public//admin/x", "public"), ("/plants//detroit/x", "ambiguous_path"),
        ("/plants/detroit//x", "plants"), ("/item//x/end", "ambiguous_path"),
        // What follows ; is dropped: CVE-2021-29492, and the Tomcat readings of /..;/.
        ("/public/..;/admin/x", "ambiguous_path"), ("/public/..;a=b/admin", "ambiguous_path"),
        ("/public/x;/../y", "public"), ("/public/x;v=1/y", "public"), ("/admin;/x", "ambiguous_path"),
        ("/;/admin/x", "ambiguous_path"), ("/plants/detroit;x/y", "ambiguous_path"),
        ("/plants/;detroit/lyon/x", "ambiguous_path"), ("/public/.;/x", "public"),
        ("/public/..%3b/admin/x", "ambiguous_path"), ("/..;/..;/etc", "ambiguous_path"),
        // %2F as a slash: CVE-2019-9901.
        ("/public/..%2fadmin/x", "encoded_slash"), ("/public%2fadmin", "encoded_slash"), ("/a%2Fb", "encoded_slash"),
        ("/files/a%2fb", "files"), ("/files/..%2fadmin/x", "ambiguous_path"),
        ("/files/..%2f..%2f..%2fx", "ambiguous_path"),
        ("/files/%2e%2e%2fadmin", "ambiguous_path"), ("/files/a%2f..%2fb", "files"),
        // A trailing dot is dropped.
        ("/report.", "ambiguous_path"), ("/admin./x", "ambiguous_path"), ("/public/x.", "public"),
        ("/plants/detroit./x", "ambiguous_path"), ("/public/...", "public"), ("/item/.../end", "ambiguous_path"),
        // Several at once.
        ("/public//..;/..;/admin/x", "ambiguous_path"), ("/public/..;./admin", "ambiguous_path"),
        ("/files/..;%2fadmin/x", "ambiguous_path"), ("/files/.%2e;/..%2fadmin", "ambiguous_path"),
        ("/files/x%2f..;/..;/admin", "ambiguous_path"),
        // Case, CVE-2025-66490 and its like: only where another route would be taken.
        ("/Report", "no_route"), ("/public/README", "public"), ("/files/ADMIN", "files"),
    ])
    func `is refused when the other reading is another route's`(path: String, verdict: String) throws {
        #expect(try routes().verdict("h", path) == verdict)
    }

    @Test(arguments: [
        ("/Admin/x", "ambiguous_path"), ("/ADMIN", "ambiguous_path"), ("/a%64Min/x", "ambiguous_path"),
        ("/admin/X", "admin"), ("/Other", "rest"), ("/Api/x", "api"), ("/api/x", "ambiguous-to-nobody"),
    ])
    func `is refused when only case keeps it from another route`(path: String, verdict: String) throws {
        let routes = try table([
            route("rest", "/**"), route("admin", "/admin/**"), route("api", "/Api/**"),
            route("ambiguous-to-nobody", "/api/**"),
        ])
        #expect(routes.verdict("h", path) == verdict)
    }

    @Test func `is refused when it names another plant`() throws {
        let routes = try table([route("plants", "/plants/{plant}/**", slashes: true)])
        #expect(routes.verdict("h", "/plants/a%2f..%2f..%2fplants%2fb/x") == "ambiguous_path")
        #expect(routes.verdict("h", "/plants/a/x%2fy") == "plants")
        #expect(routes.verdict("h", "/plants/a%2fb/x") == "ambiguous_path")
    }

    @Test func `leaves nothing in the scratch to forward`() throws {
        var scratch = DecisionScratch()
        let routes = try routes()
        for path in ["/public/..;/admin/x", "/a%00", "/a%2fb"] {
            _ = routes.decide(
                method: "GET".utf8.span, host: "h".utf8.span, path: path.utf8.span, principal: nil, at: noon,
                scratch: &scratch)
            let count = scratch.path.count
            #expect(count == 0)
        }
    }
}
