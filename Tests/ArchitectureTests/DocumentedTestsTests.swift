import Foundation
import Testing

private let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

@Suite struct `The documentation` {
    /// Where a rule or a requirement is told, the test that shows it is named “in these quotes”; one that ends with … is
    /// named by its beginning.
    private static let documents = ["Migrations/README.md", "docs/asvs-6-authentication.md", "docs/threats.md"]

    @Test(arguments: documents)
    func `names no test that is not there`(document: String) throws {
        let text = try String(contentsOf: root.appending(path: document), encoding: .utf8)
        let names = text.matches(of: /“([^”]+)”/).map { name in
            String(name.1).replacing(" …", with: "").replacing("’", with: "'")
        }
        #expect(!names.isEmpty)
        let sources = try ["Tests", "Sources/GatehouseTesting"].map(Self.swiftText).joined()
        for name in names { #expect(sources.contains(name), "no test says “\(name)”") }
    }

    private static func swiftText(below folder: String) throws -> String {
        let files = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
        return try (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    }
}
