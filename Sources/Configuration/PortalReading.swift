/// How a site's pages look (`portal`). What the files hold is looked at by whoever makes the pages.
package struct PortalLook: Sendable, Hashable {
    /// What the site is called; nil: Gatehouse.
    package var name: String?
    /// The path of an SVG or PNG file.
    package var logo: String?
    /// `#` and six digits.
    package var colour: String?
    /// The path of a folder with templates.
    package var templates: String?
    /// Where each key stands, for diagnostics.
    package var locations: [String: SourceLocation] = [:]

    package init() {}
}

extension Section {
    static let portal = Section(
        name: "portal",
        keys: [
            Key(name: "name", allowed: "1 to 60 characters", meaning: "what the site is called"),
            Key(name: "logo", allowed: "an SVG or PNG file", meaning: "what stands before the name"),
            Key(
                name: "colour", allowed: "a colour like #1f5f5b",
                meaning: "buttons and links; must be readable on white (WCAG 2.2 AA)"),
            Key(name: "templates", allowed: "a folder", meaning: "mustache files in place of ours, by name"),
        ])
}

/// Reads `portal`.
struct PortalReading {
    let diagnostics: Diagnostics
    let folder: String

    func read(_ node: Node?) -> PortalLook {
        var look = PortalLook()
        guard let node, let map = MapReader(node, .portal, diagnostics, folder: folder) else { return look }
        look.name = map.text("name")
        look.colour = map.text("colour")
        look.logo = map["logo"].flatMap(map.path)
        look.templates = map["templates"].flatMap(map.path)
        for key in Section.portal.keys {
            if let value = map[key.name] { look.locations[key.name] = value.location }
        }
        for path in [look.logo, look.templates].compactMap({ $0 }) { diagnostics.note(file: path) }
        return look
    }
}
