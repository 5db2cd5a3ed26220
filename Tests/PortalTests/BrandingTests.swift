import Foundation
import Testing

@testable import Portal

@Suite struct `A site's own look` {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "branding-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func write(_ name: String, _ text: String) throws -> String {
        let file = folder.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path()
    }

    private func load(
        name: String? = nil, logo: String? = nil, colour: String? = nil, templates: String? = nil
    ) throws -> Branding {
        defer { try? FileManager.default.removeItem(at: folder) }
        return try Branding.load(name: name, logo: logo, colour: colour, templates: templates)
    }

    @Test func `has its name, logo and colour on every page`() async throws {
        let logo = try write("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>")
        let stage = try Stage(branding: load(name: "Plant & Co", logo: logo, colour: "#6b2d5c"))
        let browser = stage.browser()
        let page = await browser.get("/.gatehouse/login").text
        #expect(page.contains("<title>Sign in · Plant &amp; Co</title>"))
        let image = try #require(page.firstMatch(of: /<img src="([^"]+)"/)?.1)
        #expect(await browser.get(String(image)).field("content-type") == "image/svg+xml")
        #expect(await browser.get(String(image)).field("content-security-policy")?.contains("sandbox") == true)
        let sheet = try #require(page.firstMatch(of: /rel="stylesheet" href="([^"]+)"/)?.1)
        #expect(await browser.get(String(sheet)).text.contains("--accent: #6b2d5c;"))
    }

    @Test func `can put its own templates in place of ours`() async throws {
        _ = try write("notice.mustache", "<h1>Ours: {{title}}</h1>{{#page.paragraphs}}<p>{{.}}</p>{{/page.paragraphs}}")
        let stage = try Stage(branding: load(templates: folder.path()))
        #expect(await stage.browser().get("/.gatehouse/nothing").text.contains("<h1>Ours: Page not found</h1>"))
        #expect(await stage.browser().get("/.gatehouse/login").text.contains("name=\"username\""))
    }

    @Test(arguments: [
        ("#ffff00", "contrast"), ("#777777", "contrast"), ("red", "no colour"), ("#12345", "no colour"),
        ("#+12345", "no colour"), ("#1f5f5b;}", "no colour"), ("", "no colour"),
    ])
    func `must be readable (WCAG 2.2, 1.4.3)`(colour: String, problem: String) throws {
        let error = #expect(throws: BrandingProblem.self) { try load(colour: colour) }
        #expect(error?.key == .colour)
        #expect(error?.description.contains(problem) == true)
    }

    @Test(arguments: [
        ("notice.mustache", "{{{title}}}", "unescaped"), ("notice.mustache", "{{&title}}", "unescaped"),
        ("notice.mustache", "{{% CONTENT_TYPE: TEXT}}", "unescaped"), ("notice.mustache", "{{#a}}", "cannot be read"),
        ("login.mustache", "<form method=post></form>", "without csrf"), ("layout.mustache", "<p>", "no place"),
        ("nothing.mustache", "x", "no page"),
    ])
    func `is refused when a template would be unsafe or useless`(
        file: String, text: String, problem: String
    ) throws {
        _ = try write(file, text)
        let error = #expect(throws: BrandingProblem.self) { try load(templates: folder.path()) }
        #expect(error?.key == .templates)
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }

    @Test func `is refused when a file is missing or no picture`() throws {
        let text = try write("logo.txt", "hello")
        #expect(throws: BrandingProblem.self) { try Branding.load(name: nil, logo: text, colour: nil, templates: nil) }
        #expect(throws: BrandingProblem.self) { try load(logo: text + "x") }
    }

    /// Half a template must not pass for a whole one, nor a folder for an empty file.
    @Test func `says that a file cannot be read, and does not take what came of it`() throws {
        let template = folder.appending(path: "notice.mustache")
        try FileManager.default.createDirectory(at: template, withIntermediateDirectories: true)
        let error = #expect(throws: BrandingProblem.self) { try load(templates: folder.path()) }
        #expect(error?.description.contains("notice.mustache cannot be read") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [("#ffffff", "#000000", 21.0), ("#777777", "#ffffff", 4.48), ("#1f5f5b", "#1f5f5b", 1.0)])
    func `has its contrast measured as WCAG does`(left: String, right: String, ratio: Double) throws {
        let (left, right) = (try #require(Colour(left)), try #require(Colour(right)))
        #expect(abs(left.contrast(to: right) - ratio) < 0.01)
    }

    @Test(arguments: ["#000000", "#1f5f5b", "#5a0000", "#0000ee", "#6b2d5c", "#333333"])
    func `can be read in the dark as well`(colour: String) throws {
        let rules = try AccentColour(colour).rules
        let dark = try #require(rules.matches(of: /--accent: (#\w{6});/).last?.1)
        let accent = try #require(Colour(String(dark)))
        #expect(accent.contrast(to: Colour(red: 0x1b, green: 0x23, blue: 0x22)) >= 4.5)
    }
}

@Suite struct `Mails of a trial` {
    @Test func `are shown with their links, and only where there are some`() async throws {
        let text = "Hello <b>\n\nhttps://login.example.com/.gatehouse/verify?token=a&b\n\nhttps://x y\n"
        let stage = try Stage(mails: { [text] })
        let page = await stage.browser().get("/.gatehouse/mails")
        #expect(page.text.contains("<a href=\"https://login.example.com/.gatehouse/verify?token=a&amp;b\">"))
        #expect(page.text.contains("Hello &lt;b&gt;"))
        #expect(page.text.matches(of: /<a href="https/).count == 1)
        #expect(await stage.browser().get("/.gatehouse/login").text.contains("/.gatehouse/mails"))
        let without = try Stage().browser()
        #expect(await without.get("/.gatehouse/mails").status == 404)
        #expect(await !without.get("/.gatehouse/login").text.contains("mails"))
    }
}
