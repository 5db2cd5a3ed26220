import Foundation
import Identity
import Store
import Testing

@Suite struct `The files of migrations` {
    /// A folder with these files, removed afterwards.
    private func withFolder(_ files: [String], _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "migrations-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for file in files {
            let url = folder.appending(path: file)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("SELECT 1;".utf8).write(to: url)
        }
        try body(folder.path())
    }

    private func complaint<Answer>(_ body: () throws(StoreError) -> Answer) -> String {
        do { _ = try body() } catch {
            if case .schema(let words) = error { return words }
            return "\(error)"
        }
        return "nothing"
    }

    @Test func `are read in order, and other files are passed over`() throws {
        try withFolder([
            "0012_b.up.sql", "0012_b.down.sql", "0001_a_a.up.sql", "0001_a_a.down.sql", "README.md",
        ]) { folder throws in
            #expect(try MigrationFiles.load(folder).map(\.label) == ["0001_a_a", "0012_b"])
        }
    }

    @Test(arguments: [
        (["0001_a.up.sql"], "no way back"),
        (["0001_a.down.sql"], "no .up.sql"),
        (["0001_a.sql"], "ends with"),
        (["0001_a.up.sql", "0001_a.down.sql", "0001_b.up.sql", "0001_b.down.sql"], "same number"),
        (["first.up.sql", "first.down.sql"], "four digits"),
        (["1_a.up.sql", "1_a.down.sql"], "four digits"),
        (["README.md"], "no migrations"),
    ])
    func `that are wrong are named with what is wrong`(files: [String], words: String) throws {
        try withFolder(files) { folder throws in
            #expect(complaint { () throws(StoreError) in try MigrationFiles.load(folder) }.contains(words))
        }
    }

    @Test func `are looked for where they were said to be, in the source tree, and beside the program`() throws {
        try withFolder(["tree/Migrations/0001_a.up.sql", "usr/share/gatehouse/Migrations/0001_a.up.sql", "usr/bin/x"]) {
            folder throws in
            func locate(
                _ given: String?, environment: [String: String] = [:], from current: String = "/", as program: String
            ) throws(StoreError) -> String {
                try MigrationFiles.locate(
                    given: given, environment: environment, currentFolder: current, program: program)
            }
            let installed = "\(folder)/usr/bin/gatehouse"
            let tree = "\(folder)/tree"
            #expect(try locate("\(tree)/Migrations", as: installed) == "\(tree)/Migrations")
            #expect(
                try locate(nil, environment: ["GATEHOUSE_MIGRATIONS": "\(tree)/Migrations"], as: installed)
                    == "\(tree)/Migrations")
            #expect(try locate(nil, from: tree, as: installed).hasPrefix("\(tree)/Migrations"))
            #expect(try locate(nil, as: installed).hasPrefix("\(folder)/usr/share/gatehouse/Migrations"))
            #expect(
                try locate(nil, as: "\(tree)/.build/x86_64-unknown-linux-gnu/debug/gatehouse")
                    .hasPrefix("\(tree)/Migrations"))
            #expect(complaint { () throws(StoreError) in try locate("/nowhere", as: installed) }.contains("/nowhere"))
            #expect(
                complaint { () throws(StoreError) in try locate(nil, as: "/nowhere/bin/gatehouse") }
                    .contains("GATEHOUSE_MIGRATIONS"))
        }
    }
}
