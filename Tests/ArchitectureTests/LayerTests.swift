import Foundation
import Testing

/// What each layer may import: the table of ARCHITECTURE.md, as the test that keeps it true.
private let mayImport: [String: Set<String>] = [
    "EventLoop": ["CLinux"],
    "TLS": ["EventLoop", "COpenSSL", "CPieces"],
    "ProxyProtocol": ["EventLoop"],
    "HTTPMessage": [],
    "HTTP1": ["HTTPMessage"],
    "HTTP2": ["HTTPMessage", "CNGHTTP2", "CPieces"],
    "PostgreSQL": ["EventLoop", "CPQ"],
    "PasswordHashing": ["CArgon2"],
    "Identity": [],
    "Policy": ["Identity", "HTTPMessage"],
    "Configuration": ["Policy", "Identity", "HTTPMessage", "Yams", "Foundation"],
    "Store": ["PostgreSQL", "Identity", "Foundation"],
    "Assertion": ["Identity", "Crypto", "Foundation"],
    "Accounts": ["Identity", "PasswordHashing", "Crypto", "Foundation"],
    "Mail": ["CCurl", "Identity", "Mustache", "Logging", "Foundation"],
    "Telemetry": ["Identity", "HTTPMessage", "Logging"],
    "Proxy": [
        "EventLoop", "TLS", "ProxyProtocol", "HTTPMessage", "HTTP1", "HTTP2", "Identity", "Assertion", "Policy",
        "Configuration", "Telemetry", "Logging",
    ],
    // What the tests of every layer may use knows none.
    "LayerTesting": [],
    "Portal": [
        "Accounts", "Identity", "Configuration", "Hummingbird", "HTTPTypes", "Mustache", "Crypto", "Logging",
        "Foundation",
    ],
]

/// Modules of the platform and the standard library, which every layer may use. Foundation is not among them: the
/// layers on the request path do without it.
private let platform: Set<String> = ["Glibc", "Synchronization", "Swift", "Dispatch"]

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// The modules that the Swift files below a folder import, each with one file that does. A folder without Swift files
/// is an error: then the test would look at nothing.
private func imports(below folder: URL) throws -> [String: String] {
    let pattern =
        /^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|typealias)\s+)?(\w+)/
    var found: [String: String] = [:]
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects as? [URL]
    let sources = try #require(files).filter { $0.pathExtension == "swift" }
    try #require(!sources.isEmpty, "no Swift file in \(folder.path())")
    for file in sources {
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            if let match = line.firstMatch(of: pattern) { found[String(match.1)] = file.lastPathComponent }
        }
    }
    return found
}

@Suite struct `Layers` {
    @Test(arguments: mayImport.keys.sorted())
    func `import only what lies below them`(layer: String) throws {
        let allowed = try #require(mayImport[layer]).union(platform)
        let found = try imports(below: root.appending(path: "Sources/\(layer)"))
        for (module, file) in found where !allowed.contains(module) {
            Issue.record("\(layer)/\(file) imports \(module); \(layer) may import \(allowed.sorted())")
        }
    }

    @Test func `are all in the table`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources").path())
        let systemLibraries = folders.filter { folder in
            FileManager.default.fileExists(atPath: root.appending(path: "Sources/\(folder)/module.modulemap").path())
        }
        let known = Set(mayImport.keys).union(systemLibraries).union(["gatehouse", "GatehouseTesting"])
        #expect(Set(folders).subtracting(known).isEmpty)
    }

    @Test func `have no circle among them`() {
        var open = mayImport
        while let ground = open.first(where: { $0.value.isDisjoint(with: open.keys) })?.key {
            open.removeValue(forKey: ground)
        }
        #expect(open.isEmpty, "these import each other in a loop: \(open.keys.sorted())")
    }
}

@Suite struct `The way to an upstream` {
    /// `Permit` has no initializer that code outside `Policy` could call, so forwarding without a decision does not
    /// compile. This looks at the declaration, since a test cannot show that something does not compile.
    @Test func `needs a permit that only the policy makes`() throws {
        let files = FileManager.default.enumerator(
            at: root.appending(path: "Sources/Policy"), includingPropertiesForKeys: nil)
        var declaration: String?
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            if text.contains("package final class Permit:") { declaration = text }
        }
        let text = try #require(declaration)
        #expect(!text.contains("package init"), "Permit's initializer must not be visible outside Policy")
        #expect(!text.contains("public init"))
    }
}
