import Foundation

/// The folder of what the tests of this process write. It is removed when the process ends.
enum Scratch {
    private static let root: String = {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "gatehouse-tests-\(ProcessInfo.processInfo.processIdentifier)"
        ).path()
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: Scratch.root) }
        return folder
    }()

    /// A new folder.
    static func make() -> String {
        let folder = "\(root)/\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        return folder
    }

    /// What a file holds; empty if there is none.
    static func text(_ path: String) -> String {
        (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Writes a file of a folder and returns its path.
    @discardableResult
    static func write(_ text: String, _ name: String, in folder: String = make()) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        return "\(folder)/\(name)"
    }
}
