import Foundation

/// Files that a configuration is in, or names.
enum FileText {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// The file as text. Reads no more than `bytesMax`, whatever kind of file it is.
    static func read(_ path: String, bytesMax: Int = 1024 * 1024) throws(Problem) -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Problem(description: "there is no such file")
        }
        guard !FileManager.default.fileExists(atPath: path + "/.") else { throw Problem(description: "it is a folder") }
        guard let handle = FileHandle(forReadingAtPath: path) else { throw Problem(description: "permission denied") }
        defer { try? handle.close() }
        var data = Data()
        do {
            while data.count <= bytesMax, let more = try handle.read(upToCount: bytesMax + 1 - data.count),
                !more.isEmpty
            {
                data += more
            }
        } catch {
            throw Problem(description: error.localizedDescription)
        }
        guard data.count <= bytesMax else { throw Problem(description: "it has more than \(bytesMax / 1024) KiB") }
        guard let text = String(data: data, encoding: .utf8) else { throw Problem(description: "it is not UTF-8") }
        return text
    }

    /// A path in a configuration file: relative to the folder of that file.
    static func absolute(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : folder + "/" + path
    }
}

extension String {
    var trimmingTrailingNewlines: String {
        var text = self
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
