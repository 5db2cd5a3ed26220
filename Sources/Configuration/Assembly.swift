import Foundation
import Glibc
import Policy

/// Puts the sections of a configuration and of its included files together.
struct Assembly {
    let diagnostics: Diagnostics
    let environment: [String: String]
    let folder: String

    private static let includedFilesMax = 10_000

    func assemble(_ root: Node) -> Snapshot? {
        guard let main = MapReader(root, .root, diagnostics, folder: folder) else { return nil }
        let files = [main] + included(main)
        let sections = SectionReading(diagnostics: diagnostics, folder: folder)
        let listeners = ListenerReading(diagnostics: diagnostics, folder: folder).read(main)
        let (timeouts, drain, bodyBytesMax) = sections.timeouts(main["limits"])
        var upstreams: [UpstreamSettings] = []
        var places: [String: SourceLocation] = [:]
        for file in files {
            UpstreamReading(diagnostics: diagnostics, folder: file.folder).read(file, into: &upstreams, places: &places)
        }
        let indexes = Dictionary(upstreams.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let routes = files.flatMap { file in
            RouteReading(
                diagnostics: diagnostics, folder: file.folder, upstreams: indexes, bodyBytesMax: bodyBytesMax
            ).read(file)
        }
        if let place = main["reload"] {
            _ = place
            _ = main.choice("reload", [("signal", ()), ("watch", ())])
        }
        return Snapshot(
            listeners: listeners, database: sections.database(main["database"]), workers: workers(main),
            sessions: sections.sessions(main["sessions"]), accounts: sections.accounts(main["accounts"]),
            trustedProxies: sections.trustedProxies(main), timeouts: timeouts, drain: drain,
            log: sections.log(main["log"]), upstreams: upstreams, routes: compile(routes),
            tests: files.flatMap { TestReading(diagnostics: diagnostics, folder: $0.folder).read($0) })
    }

    private func workers(_ main: MapReader) -> Int {
        let auto = max(1, ProcessInfo.processInfo.activeProcessorCount)
        guard let node = main["workers"] else { return auto }
        if case .scalar("auto") = node.content { return auto }
        return main.integer("workers", 1...1024) ?? auto
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
        for node in main.list("include", of: "file patterns") {
            guard let pattern = main.text(node, allowed: "a file pattern") else { continue }
            let paths = matches(FileText.absolute(pattern, in: folder))
            if paths.isEmpty, !pattern.contains("*") {
                diagnostics.error(
                    node, "the file \(pattern), which does not exist",
                    fix: "check the path; it is relative to this file")
            }
            guard readers.count + paths.count <= Self.includedFilesMax else {
                diagnostics.error(node, "more than \(Self.includedFilesMax) files")
                break
            }
            for path in paths {
                let name = path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count + 1)) : path
                let file = YAMLFile(name: name, environment: environment, diagnostics: diagnostics)
                let place = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
                guard let root = file.read(path),
                    let reader = MapReader(
                        root, .included, diagnostics, folder: place.hasSuffix("/") ? String(place.dropLast()) : place)
                else { continue }
                readers.append(reader)
            }
        }
        return readers
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
