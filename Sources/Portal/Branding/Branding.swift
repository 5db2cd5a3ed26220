/// What a site put in place of ours: its name, logo and colour, and templates of its own.
package struct Branding: Sendable {
    package let name: String
    let logo: Asset?
    let stylesheet: Asset
    let templates: PageTemplates

    /// As we come.
    package static let gatehouse = Branding(
        name: "Gatehouse", logo: nil, stylesheet: .stylesheet, templates: .gatehouse)

    /// The files that pages refer to.
    var assets: [Asset] { [stylesheet, .icon] + (logo.map { [$0] } ?? []) }
}
