/// A site's colour, as buttons and links have it in light and in dark.
struct AccentColour: Sendable {
    /// What WCAG 2.2 AA asks of text (1.4.3).
    static let contrastMin = 4.5

    /// The grounds that our style sheet sets: `--card` and `--note-ground`.
    private static let lightGrounds = [Colour(red: 0xff, green: 0xfe, blue: 0xfb), .white]
    private static let darkGround = Colour(red: 0x1f, green: 0x32, blue: 0x31)

    private let colour: Colour

    /// - Throws: a sentence when the colour cannot be read on the light pages, or white on it.
    init(_ text: String) throws(BrandingProblem) {
        guard let colour = Colour(text) else {
            throw BrandingProblem(.colour, "\"\(text)\" is no colour", fix: "write it as #1f5f5b")
        }
        let contrast = Self.lightGrounds.map { $0.contrast(to: colour) }.min() ?? 1
        guard contrast >= Self.contrastMin else {
            let better = Self.lightGrounds.reduce(colour) {
                $0.readable(on: $1, towards: .black, contrast: Self.contrastMin)
            }
            let tenths = Int(contrast * 10)
            throw BrandingProblem(
                .colour,
                "\(text) has a contrast of \(tenths / 10).\(tenths % 10) to white; text needs 4.5 (WCAG 2.2 AA)",
                fix: "a darker one such as \(better.text) will do")
        }
        self.colour = colour
    }

    /// What goes after our own style sheet. In the dark the colour is made lighter until it can be read.
    var rules: String {
        let dark = colour.readable(on: Self.darkGround, towards: .white, contrast: Self.contrastMin + 0.5)
        return """

            :root {
                --accent: \(colour.text);
                --accent-deep: \(colour.mixed(with: .black, 0.2).text);
                --on-accent: #ffffff;
            }

            @media (prefers-color-scheme: dark) {
                :root {
                    --accent: \(dark.text);
                    --accent-deep: \(dark.mixed(with: .white, 0.25).text);
                    --on-accent: \(dark.contrast(to: .black) >= dark.contrast(to: .white) ? "#0e1716" : "#ffffff");
                }
            }

            """
    }
}
