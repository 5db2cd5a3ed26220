import Foundation

/// Small files that a configuration names.
enum FileText {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private static let bytesMax = 1024 * 1024

    /// The file as text.
    static func read(_ path: String) throws(Problem) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Problem(
                description: FileManager.default.fileExists(atPath: path) ? "permission denied" : "no such file")
        }
        defer { try? handle.close() }
        do {
            let data = try handle.read(upToCount: bytesMax + 1) ?? Data()
            guard data.count <= bytesMax else { throw Problem(description: "more than 1 MiB") }
            guard let text = String(data: data, encoding: .utf8) else { throw Problem(description: "not UTF-8") }
            return text
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(description: error.localizedDescription)
        }
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
