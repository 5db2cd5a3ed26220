import Foundation

/// Why a site's branding cannot be used, and which key of `portal` says so.
package struct BrandingProblem: Error, Sendable, Hashable {
    package enum Key: String, Sendable, CaseIterable { case name, logo, colour, templates }

    package let key: Key
    package let description: String
    package let fix: String

    init(_ key: Key, _ description: String, fix: String) {
        self.key = key
        self.description = description
        self.fix = fix
    }
}

extension Branding {
    private static let logoBytesMax = 256 * 1_024
    private static let templateBytesMax = 64 * 1_024

    /// Reads what the configuration names, and tries all of it.
    ///
    /// - Parameters:
    ///   - logo: an SVG or PNG file.
    ///   - colour: `#` and six digits.
    ///   - templates: a folder of files such as `login.mustache`.
    package static func load(
        name: String?, logo: String?, colour: String?, templates: String?
    ) throws(BrandingProblem) -> Branding {
        let name = name ?? Branding.gatehouse.name
        guard (1...60).contains(name.unicodeScalars.count),
            name.unicodeScalars.allSatisfy({ !$0.properties.isDefaultIgnorableCodePoint && $0.value >= 0x20 })
        else { throw BrandingProblem(.name, "a name that cannot be shown", fix: "1 to 60 printable characters") }
        var stylesheet = Asset.stylesheet
        if let colour {
            let rules = try AccentColour(colour).rules
            stylesheet = Asset(
                "gatehouse", "css", "text/css; charset=utf-8", Asset.stylesheet.content + Array(rules.utf8))
        }
        return Branding(
            name: name, logo: try logo.map { path throws(BrandingProblem) in try readLogo(path) },
            stylesheet: stylesheet,
            templates: try templates.map { path throws(BrandingProblem) in try readTemplates(path) } ?? .gatehouse)
    }

    private static func readLogo(_ path: String) throws(BrandingProblem) -> Asset {
        let bytes = try read(path, bytesMax: logoBytesMax, for: .logo)
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            return Asset("logo", "png", "image/png", bytes)
        }
        let beginning = String(decoding: bytes.prefix(1_024), as: UTF8.self)
        guard beginning.contains("<svg") else {
            throw BrandingProblem(.logo, "\(path) is neither SVG nor PNG", fix: "use one of these")
        }
        return Asset("logo", "svg", "image/svg+xml", bytes)
    }

    private static func readTemplates(_ folder: String) throws(BrandingProblem) -> PageTemplates {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".mustache") }
        } catch {
            throw BrandingProblem(
                .templates, "the folder \(folder) cannot be read", fix: "check its path and permissions")
        }
        var own: [String: String] = [:]
        for file in names.sorted() {
            let name = String(file.dropLast(".mustache".count))
            guard PageTemplates.replaceable.contains(name) else {
                throw BrandingProblem(
                    .templates, "\(file) takes the place of no page",
                    fix: "the names are " + PageTemplates.replaceable.joined(separator: ", "))
            }
            let bytes = try read("\(folder)/\(file)", bytesMax: templateBytesMax, for: .templates)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw BrandingProblem(.templates, "\(file) is not UTF-8", fix: "save it as UTF-8")
            }
            try check(text, file)
            own[name] = text
        }
        do {
            return try PageTemplates(replacing: own)
        } catch {
            throw BrandingProblem(
                .templates, "\(error.template).mustache cannot be read: \(error.description)",
                fix: "compare it with the one of ours")
        }
    }

    /// Refuses what a page must not have: values that are not escaped, and forms without their secret.
    private static func check(_ text: String, _ file: String) throws(BrandingProblem) {
        guard !text.contains("{{{"), !text.contains("{{&"), !text.contains("CONTENT_TYPE") else {
            throw BrandingProblem(
                .templates, "\(file) shows a value unescaped, so that what people type could become part of the page",
                fix: "write {{value}}")
        }
        if file == "layout.mustache", !text.contains("{{>content}}\n") {
            throw BrandingProblem(
                .templates, "\(file) has no place for the page", fix: "add a line that is {{>content}} alone")
        }
        let forms = text.split(separator: "<form", omittingEmptySubsequences: false).dropFirst()
        guard forms.allSatisfy({ $0.contains("name=\"csrf\"") }) else {
            throw BrandingProblem(
                .templates, "\(file) has a form without csrf, which nobody could send",
                fix: "add <input type=\"hidden\" name=\"csrf\" value=\"{{page.csrf}}\">")
        }
    }

    private static func read(
        _ path: String, bytesMax: Int, for key: BrandingProblem.Key
    ) throws(BrandingProblem) -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw BrandingProblem(key, "the file \(path) cannot be read", fix: "check its path and permissions")
        }
        defer { try? handle.close() }
        var bytes: [UInt8] = []
        do {
            while bytes.count <= bytesMax, let more = try handle.read(upToCount: bytesMax + 1 - bytes.count),
                !more.isEmpty
            {
                bytes += more
            }
        } catch {
            // A part of it must not pass for all of it.
            throw BrandingProblem(
                key, "the file \(path) cannot be read: \(error.localizedDescription)", fix: "check what it is")
        }
        guard !bytes.isEmpty, bytes.count <= bytesMax else {
            throw BrandingProblem(
                key, "the file \(path) is empty or larger than \(bytesMax / 1_024) KiB", fix: "use a smaller one")
        }
        return bytes
    }
}
