import Configuration
import Foundation
import Testing

/// The diagnostics of this text, each as `line:column severity: …` without the name of the file.
func problems(_ text: String, environment: [String: String] = [:], folder: String = "/nowhere") -> [String] {
    ConfigurationLoader.load(text: text, name: "g.yaml", folder: folder, environment: environment)
        .diagnostics.map { $0.description.replacing("g.yaml:", with: "") }
}

/// The snapshot of a text that must have no errors.
func snapshot(_ text: String, environment: [String: String] = [:], folder: String = "/nowhere") throws -> Snapshot {
    let outcome = ConfigurationLoader.load(text: text, name: "g.yaml", folder: folder, environment: environment)
    #expect(outcome.errors.map(\.description) == [])
    return try #require(outcome.snapshot)
}

/// A folder with these files, gone when `body` is over.
func withFolder<R>(_ files: [String: String], _ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
    return try body(folder.path(percentEncoded: false))
}

/// The least that serves one route; tests put more below it.
let base = """
    listeners: [{address: "127.0.0.1:8443", tls: {certificates: [{certificate: a.pem, key: a.key}]}}]
    accounts: {public_url: "https://login.example.com"}
    upstreams: {app: {endpoints: ["http://127.0.0.1:9001"]}}

    """
