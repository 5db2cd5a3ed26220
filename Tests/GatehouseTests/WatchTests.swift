import Foundation
import Testing

/// Files that change under a running gateway.
@Suite struct WatchTests {
    private static let added =
        "  - {name: new, match: {host: spc.localhost, path: /new}, require: anyone, upstream: app}\n"

    private static func reloads(_ site: Site) -> Int {
        site.gateway.child.errorText.components(separatedBy: "\"configuration reloaded\"").count - 1
    }

    @Test func `a renewed certificate is served without a signal`() async throws {
        let old = try await Certificates.make()
        try await Site.with(change: { ($0.certificate, $0.key) = (old.certificate, old.key) }) { site in
            let anyone = site.gateway.client()
            await #expect(throws: CurlFailure.self) { try await anyone.ask("https://localhost/") }
            let renewed = try await Certificates.shared
            for (from, to) in [(renewed.certificate, old.certificate), (renewed.key, old.key)] {
                try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to), options: .atomic)
            }
            try await eventually("it is served") { (try? await anyone.ask("https://localhost/").status) == 401 }
        }
    }

    @Test func `half of a pair changes nothing until the other half is there`() async throws {
        let old = try await Certificates.make()
        let new = try await Certificates.make()
        try await Site.with(change: { ($0.certificate, $0.key) = (old.certificate, old.key) }) { site in
            try Data(contentsOf: URL(filePath: new.certificate)).write(to: URL(filePath: old.certificate))
            try await eventually("it is told") {
                site.gateway.child.errorText.contains("certificates not reloaded; the old ones go on")
            }
            try Data(contentsOf: URL(filePath: new.key)).write(to: URL(filePath: old.key))
            try await eventually("it is taken") {
                site.gateway.child.errorText.contains("\"certificates reloaded\"")
            }
        }
    }

    @Test func `a configuration is loaded when it changes, and when a file comes to a pattern's folder`() async throws {
        try await Site.with(change: { $0.sections = "reload: watch\ninclude: [\"more/*.yaml\"]" }) { site in
            let anyone = site.gateway.client()
            let file = site.gateway.configuration
            let first = Scratch.text(file)
            #expect(try await anyone.ask("https://spc.localhost/new").status == 404)

            // As editors write: a new file, renamed over the old.
            let changed = first.replacing("routes:\n", with: "routes:\n" + Self.added)
            try Data(changed.utf8).write(to: URL(filePath: file), options: .atomic)
            try await eventually("it is loaded") { Self.reloads(site) >= 1 }
            #expect(try await anyone.ask("https://spc.localhost/new").status == 200)

            try Data(first.replacing("routes:\n", with: "rotes:\n").utf8).write(to: URL(filePath: file))
            try await eventually("it is refused") {
                site.gateway.child.errorText.contains("configuration not reloaded; the old one goes on")
            }
            #expect(try await anyone.ask("https://spc.localhost/new").status == 200)

            // Still watched after a bad one.
            try Data(first.utf8).write(to: URL(filePath: file))
            try await eventually("it is mended") { Self.reloads(site) >= 2 }
            #expect(try await anyone.ask("https://spc.localhost/new").status == 404)
        }
    }

    /// A pipe among the files that are read holds the reading up until somebody has written into it.
    @Test(arguments: [true, false])
    func `what changes while the configuration is read is read again`(atFirst: Bool) async throws {
        var configuration = Configuration(
            database: try await People.database(), application: try await Application.demo().url)
        configuration.sections = "reload: watch\ninclude: [\"more/*.yaml\"]"
        let text = try await configuration.text()
        let folder = Scratch.make()
        let (file, pipe) = ("\(folder)/gatehouse.yaml", "\(folder)/more/a.yaml")
        try FileManager.default.createDirectory(atPath: "\(folder)/more", withIntermediateDirectories: false)
        func replace(_ file: String, with text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: file), options: .atomic)
        }
        func makePipe() throws {
            try #require(unsafe mkfifo(pipe + ".new", 0o600) == 0)
            try #require(unsafe rename(pipe + ".new", pipe) == 0)
        }
        try replace(file, with: text)
        if atFirst { try makePipe() } else { try replace(pipe, with: "tests: []\n") }
        let child = try await Child.start([Binary.path, "serve", "--config", file])
        if !atFirst {
            try await eventually("it listens: \(child.errorText)") { child.errorText.contains("\"listening\"") }
            try makePipe()
            try replace(file, with: text + "# Something to be read.\n")
        }
        var writing: Int32 = -1
        try await eventually("it is being read: \(child.errorText)") {
            writing = unsafe open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return writing >= 0
        }
        // What is in the pipe is the last that is read.
        try replace(file, with: text.replacing("routes:\n", with: "routes:\n" + Self.added))
        try replace(pipe, with: "tests: []\n")
        let written = unsafe write(writing, "tests: []\n", 10)
        #expect(written == 10)
        close(writing)
        // Without `new`, one route less.
        let routes = text.split(separator: "\n").count { $0.hasPrefix("  - {name:") || $0.hasPrefix("  - name:") }
        try await eventually("it is read again: \(child.errorText)") {
            child.errorText.contains("\"routes\":\"\(routes + 1)\"")
        }
        await child.stop()
    }

    @Test func `links that are swapped are followed, as Kubernetes swaps them`() async throws {
        // gatehouse.yaml -> ..data/gatehouse.yaml, ..data -> ..1
        let files = FileManager.default
        var configuration = Configuration(
            database: try await People.database(), application: try await Application.demo().url)
        configuration.sections = "reload: watch"
        let text = try await configuration.text()
        let folder = Scratch.make()
        for (version, content) in [("..1", text), ("..2", text.replacing("routes:\n", with: "routes:\n" + Self.added))]
        {
            try files.createDirectory(atPath: "\(folder)/\(version)", withIntermediateDirectories: false)
            try Scratch.write(content, "gatehouse.yaml", in: "\(folder)/\(version)")
        }
        try files.createSymbolicLink(atPath: "\(folder)/..data", withDestinationPath: "..1")
        try files.createSymbolicLink(atPath: "\(folder)/gatehouse.yaml", withDestinationPath: "..data/gatehouse.yaml")
        let child = try await Child.start([Binary.path, "serve", "--config", "\(folder)/gatehouse.yaml"])
        try await eventually("it listens: \(child.errorText)") { child.errorText.contains("\"listening\"") }
        try await Task.sleep(for: .milliseconds(500))
        try files.createSymbolicLink(atPath: "\(folder)/..data_tmp", withDestinationPath: "..2")
        let renamed = unsafe rename("\(folder)/..data_tmp", "\(folder)/..data")
        #expect(renamed == 0)
        try await eventually("the other one is loaded: \(child.errorText)") {
            child.errorText.contains("\"configuration reloaded\"")
        }
        await child.stop()
    }
}
