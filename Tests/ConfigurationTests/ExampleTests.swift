import Foundation
import Policy
import Testing

@testable import Configuration

@Suite struct `The example configuration` {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "config")

    private func text() throws -> String {
        try String(contentsOf: Self.folder.appending(path: "gatehouse.yaml"), encoding: .utf8)
    }

    @Test func `is in order, and its tests pass`() throws {
        let outcome = ConfigurationLoader.load(
            file: Self.folder.appending(path: "gatehouse.yaml").path(percentEncoded: false), environment: [:])
        #expect(outcome.diagnostics.map(\.description) == [])
        #expect(outcome.snapshot?.tests.count == 6)
    }

    @Test func `has the demonstration beside it, which is in order too`() {
        let outcome = ConfigurationLoader.load(
            file: Self.folder.appending(path: "demo.yaml").path(percentEncoded: false), environment: [:])
        #expect(outcome.diagnostics.map(\.description) == [])
    }

    private static let applications = [
        "grafana", "pgadmin", "superset", "jenkins", "gitea", "node-red", "jupyterhub", "grpc", "forward-auth",
    ]

    @Test(arguments: applications) func `can include an application's, whose tests pass`(name: String) throws {
        let folder = Self.folder.appending(path: "examples")
        let outcome = ConfigurationLoader.load(
            text: "listeners: [{address: \"[::1]:1\", redirect: https}]\ninclude: [\(name).yaml]",
            folder: folder.path(percentEncoded: false))
        #expect(outcome.diagnostics.filter { $0.severity == .error }.map(\.description) == [])
        #expect(try #require(outcome.snapshot).tests.isEmpty == false)
        let readme = try String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8)
        #expect(readme.contains("(\(name).yaml)"))
    }

    @Test func `has no application beside those`() throws {
        let files = try FileManager.default.contentsOfDirectory(
            atPath: Self.folder.appending(path: "examples").path(percentEncoded: false))
        let names = files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
        #expect(Set(names).subtracting(Self.applications) == [])
    }

    @Test(arguments: Section.all.map(\.name))
    func `shows every key`(section: String) throws {
        let lines = try text().split(separator: "\n").map { line in
            line.drop { $0 == " " || $0 == "#" || $0 == "-" }
        }
        let keys = try #require(Section.all.first { $0.name == section }).keys
        for key in keys {
            let isShown = lines.contains { line in
                line.hasPrefix("\(key.name):") || line.contains("{\(key.name):") || line.contains(" \(key.name): ")
            }
            #expect(isShown, "\(key.name) of \(section)")
        }
    }

    /// What is shown as a default is one.
    @Test func `says the defaults`() throws {
        let shown = try #require(ConfigurationLoader.load(text: try text(), folder: Self.folder.path()).snapshot)
        let route = "{name: a, require: anyone, upstream: u}"
        let outcome = ConfigurationLoader.load(
            text:
                "listeners: [{address: \"[::1]:1\", redirect: https}]\nupstreams: {u: {endpoints: [\"http://h\"]}}\nroutes: [\(route)]"
        )
        let plain = try #require(outcome.snapshot)
        #expect(shown.database.url == plain.database.url)
        #expect(shown.database.connections == plain.database.connections)
        #expect(shown.database.staleness == plain.database.staleness)
        #expect(shown.database.connectTimeout == plain.database.connectTimeout)
        #expect(shown.database.queryTimeout == plain.database.queryTimeout)
        #expect(shown.workers == plain.workers)
        #expect(shown.sessions == plain.sessions)
        #expect(shown.accounts.passwordLengthMin == plain.accounts.passwordLengthMin)
        #expect(shown.accounts.hashingThreads == plain.accounts.hashingThreads)
        #expect(shown.accounts.hashingQueueMax == plain.accounts.hashingQueueMax)
        #expect(shown.timeouts == plain.timeouts)
        #expect(shown.limits == plain.limits)
        #expect(shown.listeners[0].strictTransport == StrictTransport())
        #expect(shown.drain == plain.drain)
        #expect(shown.log == plain.log)
        let (www, bare) = (shown.upstreams[0], plain.upstreams[0])
        #expect(www.timeouts == bare.timeouts && www.balance == bare.balance && www.ejection == bare.ejection)
        #expect(www.retries == bare.retries && www.limits == bare.limits && www.resolve == bare.resolve)
        #expect(www.slowStart == bare.slowStart)
        var health = UpstreamSettings.HealthCheck()
        health.path = "/healthz"
        health.host = "spc.example.com"
        #expect(www.health == health)
        #expect(shown.routes.routes[0].bodyBytesMax == plain.routes.routes[0].bodyBytesMax)
    }
}
