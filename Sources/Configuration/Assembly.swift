import Foundation
import Glibc
import Policy

/// Puts the sections of a configuration and of its included files together.
struct Assembly {
    let diagnostics: Diagnostics
    let environment: [String: String]
    /// The main file, absolute.
    let path: String
    /// What messages call the main file.
    let name: String

    /// What relative paths in the main file are relative to.
    private var folder: String { Self.folder(of: path) }

    private static let includedFilesMax = 10_000

    func assemble(_ root: Node) -> Snapshot? {
        guard let main = MapReader(root, .root, diagnostics, folder: folder) else { return nil }
        let files = [main] + included(main)
        let sections = SectionReading(diagnostics: diagnostics, folder: folder)
        let trustedProxies = sections.trustedProxies(main)
        let listeners = ListenerReading(
            diagnostics: diagnostics, folder: folder, trustedProxies: trustedProxies
        ).read(main)
        let limits = LimitsReading(diagnostics: diagnostics, folder: folder).read(main["limits"])
        var upstreams: [UpstreamSettings] = []
        var places: [String: SourceLocation] = [:]
        for file in files {
            UpstreamReading(diagnostics: diagnostics, folder: file.folder).read(file, into: &upstreams, places: &places)
        }
        let indexes = Dictionary(upstreams.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let routes = files.flatMap { file in
            RouteReading(
                diagnostics: diagnostics, folder: file.folder, upstreams: indexes, bodyBytesMax: limits.bodyBytesMax
            ).read(file)
        }
        let watchesFiles = main.choice("reload", [("signal", false), ("watch", true)]) ?? false
        return Snapshot(
            listeners: listeners, database: sections.database(main["database"]), workers: workers(main),
            sessions: sections.sessions(main["sessions"]), accounts: sections.accounts(main["accounts"]),
            mail: MailReading(diagnostics: diagnostics, folder: folder).read(main["mail"]),
            assertion: AssertionReading(diagnostics: diagnostics, folder: folder).read(main["assertion"]),
            portal: PortalReading(diagnostics: diagnostics, folder: folder).read(main["portal"]),
            trustedProxies: trustedProxies, limits: limits.client, timeouts: limits.timeouts, drain: limits.drain,
            log: sections.log(main["log"]), watchesFiles: watchesFiles, upstreams: upstreams, routes: compile(routes),
            tests: files.flatMap { TestReading(diagnostics: diagnostics, folder: $0.folder).read($0) })
    }

    private func workers(_ main: MapReader) -> Int {
        let auto = Cores.count
        guard let node = main["workers"] else { return auto }
        if case .scalar("auto") = node.content { return auto }
        guard case .scalar(let text) = node.content, let count = Int(text), (1...1024).contains(count) else {
            diagnostics.error(node, node.kind, allowed: "auto, or a number from 1 to 1024")
            return auto
        }
        return count
    }

    /// Compiles the routes, and reports names and matches that stand twice.
    private func compile(_ routes: [RouteReading.Placed]) -> RouteTable {
        var names: [String: SourceLocation] = [:]
        for route in routes {
            if let other = names.updateValue(route.node.location, forKey: route.definition.name) {
                diagnostics.error(
                    route.node, "the route \(route.definition.name) a second time", fix: "it is also at \(other)")
            }
        }
        var collisions: [RouteTable.Collision] = []
        let table = RouteTable(routes.map(\.definition), collisions: &collisions)
        for collision in collisions {
            let (first, second) = (routes[collision.first], routes[collision.second])
            diagnostics.error(
                second.node,
                "the route \(second.definition.name) matches exactly what \(first.definition.name) matches",
                fix: "make one more specific, or put both requirements into one; the other is at \(first.node.location)"
            )
        }
        return table
    }

    // MARK: Include

    private func included(_ main: MapReader) -> [MapReader] {
        var readers: [MapReader] = []
        var seen: [String: SourceLocation] = [Self.canonical(path): main.node.location]
        for node in main.list("include", of: "file patterns") {
            guard let pattern = main.text(node, allowed: "a file pattern") else { continue }
            let absolute = FileText.absolute(pattern, in: folder)
            let paths = matches(absolute)
            diagnostics.note(file: Self.folder(of: absolute))
            let isPattern = pattern.contains { "*?[".contains($0) }
            if paths.isEmpty, !isPattern {
                diagnostics.error(
                    node, "the file \(pattern), which does not exist",
                    fix: "check the path; it is relative to this file")
            }
            guard readers.count + paths.count <= Self.includedFilesMax else {
                diagnostics.error(
                    node, "more than \(Self.includedFilesMax) files", fix: "put more routes into one file")
                break
            }
            for path in paths {
                if let other = seen.updateValue(node.location, forKey: Self.canonical(path)) {
                    let isItself = other == main.node.location
                    diagnostics.error(
                        node, "the file \(shown(path)) " + (isItself ? "including itself" : "a second time"),
                        fix: isItself ? "put included files into a folder of their own" : "it is also at \(other)")
                    continue
                }
                if let reader = included(path) { readers.append(reader) }
            }
        }
        return readers
    }

    private func included(_ path: String) -> MapReader? {
        let file = YAMLFile(name: shown(path), environment: environment, diagnostics: diagnostics)
        let folder = Self.folder(of: path)
        return file.read(path).flatMap { MapReader($0, .included, diagnostics, folder: folder) }
    }

    /// What messages call a file: beside the main file, as that is called.
    private func shown(_ path: String) -> String {
        guard path.hasPrefix(folder + "/") else { return path }
        return (name.lastIndex(of: "/").map { String(name[...$0]) } ?? "") + path.dropFirst(folder.count + 1)
    }

    /// The folder of an absolute path, without a slash at its end.
    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// One spelling of a file's path, links resolved.
    private static func canonical(_ path: String) -> String {
        URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    }

    /// The files that a pattern names, in the order of their names.
    private func matches(_ pattern: String) -> [String] {
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        guard unsafe glob(pattern, 0, nil, &found) == 0 else { return [] }
        var paths: [String] = []
        for index in 0..<Int(unsafe found.gl_pathc) {
            if let path = unsafe found.gl_pathv[index] { paths.append(unsafe String(cString: path)) }
        }
        return paths
    }
}
