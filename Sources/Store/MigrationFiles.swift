import Foundation
package import Identity

/// The migrations as files: `0001_create_users.up.sql` and `0001_create_users.down.sql`, and so on.
package enum MigrationFiles {
    /// Where the migrations lie: the first of these that is a folder.
    ///
    /// 1. what the caller was told (`--migrations`), which must exist
    /// 2. `GATEHOUSE_MIGRATIONS`, which must exist
    /// 3. `./Migrations`, a source tree
    /// 4. `../share/gatehouse/Migrations`, seen from the program's own folder: an installed package
    /// 5. `Migrations` in a folder above the program's: what was built in a source tree
    package static func locate(
        given: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment,
        currentFolder: String = FileManager.default.currentDirectoryPath, program: String = programPath
    ) throws(StoreError) -> String {
        if let given = given ?? environment["GATEHOUSE_MIGRATIONS"].flatMap({ $0.isEmpty ? nil : $0 }) {
            guard isFolder(given) else {
                throw .schema("\(given) is not a folder. Name the one that holds 0001_create_users.up.sql.")
            }
            return given
        }
        let binaries = URL(filePath: program).deletingLastPathComponent()
        var places = [
            URL(filePath: currentFolder).appending(path: "Migrations"),
            binaries.appending(path: "../share/gatehouse/Migrations").standardizedFileURL,
        ]
        var folder = binaries
        for _ in 0..<4 {
            folder = folder.deletingLastPathComponent()
            places.append(folder.appending(path: "Migrations"))
        }
        for place in places where isFolder(place.path()) && holdsMigrations(place.path()) { return place.path() }
        throw .schema(
            """
            The migrations are not found in \(places[0].path()) or \(places[1].path()). Name their folder with \
            --migrations or GATEHOUSE_MIGRATIONS.
            """)
    }

    /// The running program's own file; what it was called by, where there is no /proc.
    package static var programPath: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments.first
            ?? ""
    }

    /// Reads all migrations of a folder, in order.
    ///
    /// Numbers go up, and may leave some out: work that is done side by side takes its numbers ahead of time.
    ///
    /// - Throws: `schema` for a file that cannot be read, a step without its way back, and two steps of one number.
    package static func load(_ folder: String) throws(StoreError) -> [Migration] {
        let files: [String]
        do {
            files = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw .schema("The folder of migrations \(folder) cannot be read: \(error.localizedDescription)")
        }
        var ups: [String: String] = [:]
        var downs: [String: String] = [:]
        for file in files.sorted() where file.hasSuffix(".sql") {
            if let label = file.dropping(".up.sql") {
                ups[label] = try read("\(folder)/\(file)")
            } else if let label = file.dropping(".down.sql") {
                downs[label] = try read("\(folder)/\(file)")
            } else {
                throw .schema("\(folder)/\(file): a migration's file ends with .up.sql or .down.sql.")
            }
        }
        if let lonely = downs.keys.sorted().first(where: { ups[$0] == nil }) {
            throw .schema("\(folder)/\(lonely).down.sql goes back from a step that has no .up.sql.")
        }
        var migrations: [Migration] = []
        for (label, up) in ups.sorted(by: { $0.key < $1.key }) {
            guard let down = downs[label] else {
                throw .schema("\(folder)/\(label).up.sql has no way back: \(label).down.sql is missing.")
            }
            let parts = label.split(separator: "_", maxSplits: 1)
            guard parts.count == 2, parts[0].count == 4, let version = Int(parts[0]), version > 0 else {
                throw .schema("\(folder)/\(label).up.sql: a migration's name begins with four digits and _.")
            }
            migrations.append(Migration(version: version, name: String(parts[1]), up: up, down: down))
        }
        for (migration, next) in zip(migrations, migrations.dropFirst()) where migration.version == next.version {
            throw .schema("\(folder): \(migration.label) and \(next.label) have the same number.")
        }
        guard !migrations.isEmpty else { throw .schema("There are no migrations in \(folder).") }
        return migrations
    }

    private static func read(_ path: String) throws(StoreError) -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw .schema("The migration \(path) cannot be read: \(error.localizedDescription)")
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// A folder that cannot be read is none of those that are looked for; who names it is told why by `load`.
    private static func holdsMigrations(_ folder: String) -> Bool {
        (try? FileManager.default.contentsOfDirectory(atPath: folder))?.contains { $0.hasSuffix(".up.sql") } ?? false
    }
}

extension String {
    /// What precedes `suffix`; nil without it.
    fileprivate func dropping(_ suffix: String) -> String? {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil
    }
}
