import Foundation
import Testing

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

private func swiftFiles(below folder: String) -> [URL] {
    let all = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
    return (all?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
}

@Suite struct `House rules` {
    @Test func `no source file is longer than 500 lines`() throws {
        let files = swiftFiles(below: "Sources")
        #expect(!files.isEmpty)
        for file in files {
            let lines = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 500, "\(file.lastPathComponent) wants a wall")
        }
    }

    @Test func `nothing from outside can reach a fatal error`() throws {
        for file in swiftFiles(below: "Sources") {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(
                !text.contains("fatalError("),
                "\(file.lastPathComponent): use a thrown error, or preconditionFailure for a broken invariant of ours")
            #expect(!text.contains("try!"), "\(file.lastPathComponent)")
            #expect(!text.contains(" as! "), "\(file.lastPathComponent)")
        }
    }

    @Test func `every migration has a way back`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Migrations").path())
        let ups = names.filter { $0.hasSuffix(".up.sql") }
        #expect(!ups.isEmpty)
        for up in ups {
            #expect(names.contains(up.replacingOccurrences(of: ".up.sql", with: ".down.sql")), "\(up) has no down")
        }
    }
}
