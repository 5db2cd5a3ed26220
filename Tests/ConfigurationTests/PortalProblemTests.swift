import Configuration
import Testing

@Suite struct `What is said of the pages` {
    @Test func `is read, with its files beside it`() throws {
        let portal = try snapshot(
            base + "portal: {name: Works, logo: logo.svg, colour: \"#1f5f5b\", templates: /srv/pages}",
            folder: "/etc/g"
        ).portal
        #expect(portal.name == "Works" && portal.colour == "#1f5f5b")
        #expect(portal.logo == "/etc/g/logo.svg" && portal.templates == "/srv/pages")
        #expect(portal.locations["colour"]?.line == 4)
        #expect(try snapshot(base).portal == PortalLook())
    }

    @Test func `is a change of the configuration`() throws {
        let all = try ["name: A", "name: B", "logo: a.png", "colour: \"#000000\"", "templates: t"].map {
            try snapshot(base + "portal: {\($0)}").fingerprint
        }
        #expect(Set(all + [try snapshot(base).fingerprint]).count == 6)
    }

    @Test(arguments: [
        ("§x", "map"), ("{§color: \"#000000\"}", "unknown key \"color\" in portal…colour"), ("{name: §[a]}", "text"),
    ])
    func `is refused where it cannot be meant`(text: String, message: String) {
        expectProblems(base + "portal: \(text)", [message])
    }
}
