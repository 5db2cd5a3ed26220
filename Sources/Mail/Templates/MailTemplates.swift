package import Identity
import Mustache

/// The words and the looks of mails, by what they are about and in which language.
///
/// A text template begins with its subject, `Subject: …`, and an empty line. Values are made safe before a template sees
/// them, in pages for HTML, so that no template can forget it.
package struct MailTemplates: Sendable {
    fileprivate struct Letter: Sendable {
        let subject: MustacheTemplate
        let text: MustacheTemplate
        let html: MustacheTemplate
    }

    /// What is shown of a site to those it writes to.
    package struct Site: Sendable {
        package var name: String
        /// For people whose language is unknown or not at hand; must be one of `languages`.
        package var language: String

        package init(name: String, language: String = "en") {
            self.name = name
            self.language = language
        }
    }

    private let letters: [MailEvent.Kind: [String: Letter]]
    private let site: Site

    /// The shipped templates, with the site's own in their place, by file name.
    ///
    /// - Throws: `problems`: every one of the site's templates that cannot be used, and why.
    package init(site: Site, overrides: [String: String] = [:]) throws(MailTemplateError) {
        var files = ShippedTemplates.all.reduce(into: ["layout.html.mustache": ShippedTemplates.layout]) { files, one in
            let stem = "\(one.key.kind.rawValue).\(one.key.language)"
            files["\(stem).txt.mustache"] = String(decoding: one.value.text, as: UTF8.self)
            files["\(stem).html.mustache"] = String(decoding: one.value.html, as: UTF8.self)
        }
        var problems: [String] = []
        for (name, text) in overrides {
            if TemplateFile(name) == nil, name != "layout.html.mustache" {
                problems.append("\(name): not a name of a mail's template, like verify_email.en.txt.mustache")
            }
            files[name] = text
        }
        let layout = files["layout.html.mustache"] ?? ""
        if !layout.contains("{{>content}}") { problems.append("layout.html.mustache: has no {{>content}}") }
        var letters: [MailEvent.Kind: [String: Letter]] = [:]
        for (name, source) in files {
            guard let file = TemplateFile(name), file.isText else { continue }
            guard let page = files["\(file.kind.rawValue).\(file.language).html.mustache"] else {
                problems.append("\(name): has no \(file.kind.rawValue).\(file.language).html.mustache beside it")
                continue
            }
            do throws(MailTemplateError) {
                letters[file.kind, default: [:]][file.language] = try Letter(
                    name: name, text: source, html: layout.replacing("{{>content}}", with: page))
            } catch {
                problems += error.problems
            }
        }
        for (name, _) in files {
            guard let file = TemplateFile(name), !file.isText, letters[file.kind]?[file.language] == nil else {
                continue
            }
            let text = "\(file.kind.rawValue).\(file.language).txt.mustache"
            if files[text] == nil { problems.append("\(name): has no \(text) beside it") }
        }
        for kind in MailEvent.Kind.allCases where letters[kind]?[site.language] == nil && problems.isEmpty {
            problems.append("the language \(site.language) has no template for \(kind.rawValue)")
        }
        guard problems.isEmpty else { throw MailTemplateError(problems: problems.sorted()) }
        self.letters = letters
        self.site = site
    }

    /// Writes the mail that an event asks for. Nil if its recipient is no address that can be written to.
    package func message(for event: MailEvent, createdAt: Timestamp, from sender: MailSender) -> MailMessage? {
        guard let recipient = MailAddress(event.recipient), let (language, letter) = letter(event) else { return nil }
        var values = MailValues(event, site: site.name).texts
        values["language"] = language
        // A subject is one line, whatever a value holds.
        let subject = MailValues.line(letter.subject.render(values), charactersMax: 200)
        let text = letter.text.render(values)
        values["subject"] = subject
        let html = letter.html.render(values.mapValues(\.escapedForMarkup))
        return MailMessage(
            id: event.id, date: createdAt, sender: sender, recipient: recipient, subject: subject, text: text,
            html: html, language: language)
    }

    /// In the person's language if we have it, else in the site's.
    private func letter(_ event: MailEvent) -> (String, Letter)? {
        guard let all = letters[event.kind] else { return nil }
        let primary = event.language?.split(separator: "-").first.map { $0.lowercased() }
        for language in [primary, site.language, "en"].compactMap({ $0 }) {
            if let letter = all[language] { return (language, letter) }
        }
        return nil
    }
}

extension MailTemplates.Letter {
    init(name: String, text: String, html: String) throws(MailTemplateError) {
        let lines = text.replacing("\r\n", with: "\n").split(
            separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        guard lines.count == 3, lines[0].hasPrefix("Subject: "), lines[1].isEmpty else {
            throw MailTemplateError(problems: ["\(name): does not begin with \"Subject: …\" and an empty line"])
        }
        subject = try Self.template(String(lines[0].dropFirst("Subject: ".count)), name)
        self.text = try Self.template(String(lines[2]), name)
        self.html = try Self.template(html, name.replacing(".txt.", with: ".html."))
    }

    private static func template(_ source: String, _ name: String) throws(MailTemplateError) -> MustacheTemplate {
        do {
            // Nothing is escaped by the template itself: what it gets is safe already.
            return try MustacheTemplate(string: "{{% CONTENT_TYPE: TEXT}}\n" + source)
        } catch let error as MustacheTemplate.ParserError {
            let line = error.context.lineNumber - 1
            throw MailTemplateError(problems: ["\(name): \(error.error) near line \(line)"])
        } catch {
            throw MailTemplateError(problems: ["\(name): \(error)"])
        }
    }
}

/// What a template's file name says: `verify_email.en.txt.mustache`.
private struct TemplateFile {
    let kind: MailEvent.Kind
    let language: String
    let isText: Bool

    init?(_ name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[3] == "mustache", parts[2] == "txt" || parts[2] == "html",
            let kind = MailEvent.Kind(rawValue: parts[0]), (2...3).contains(parts[1].utf8.count),
            parts[1].unicodeScalars.allSatisfy({ "a"..."z" ~= $0 })
        else { return nil }
        self.kind = kind
        language = parts[1]
        isText = parts[2] == "txt"
    }
}

/// What is wrong with a site's templates: all of it.
package struct MailTemplateError: Error, Sendable, Hashable {
    package let problems: [String]
}
