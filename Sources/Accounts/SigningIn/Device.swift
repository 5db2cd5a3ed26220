/// What a person would call the thing that they signed in with, as far as its user agent tells.
///
/// For their own list of sessions, to recognize one by. Nothing is decided by it: a user agent says what it likes.
package struct Device: Sendable, Hashable {
    /// The browser or program, such as `Firefox` or `curl`.
    package let program: String?
    /// The operating system, such as `Windows`.
    package let system: String?

    /// Both in the order in which they are looked for: browsers name the ones that they descend from as well.
    private static let programs = [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]
    private static let systems = [
        ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iPadOS"), ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"), ("Linux", "Linux"),
    ]
    private static let programCharactersMax = 40

    package init(userAgent: String?) {
        let text = userAgent ?? ""
        system = Self.systems.first { text.contains($0.0) }?.1
        if text.hasPrefix("Mozilla/") {
            program = Self.programs.first { text.contains($0.0) }?.1
        } else {
            // Programs begin with their own name: `curl/8.5.0`.
            let name = text.prefix(Self.programCharactersMax).prefix {
                $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ".")
            }
            program = name.isEmpty ? nil : String(name)
        }
    }
}

extension Device: CustomStringConvertible {
    /// In English: `Firefox on Windows`; empty when nothing is known.
    package var description: String {
        switch (program, system) {
        case (let program?, let system?): "\(program) on \(system)"
        case (let program?, nil): program
        case (nil, let system?): system
        case (nil, nil): ""
        }
    }
}
