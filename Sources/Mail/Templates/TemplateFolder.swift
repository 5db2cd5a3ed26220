import Foundation

/// The folder where a site keeps templates of its own.
package enum TemplateFolder {
    /// A template longer than this is a mistake.
    private static let bytesMax = 256 * 1024

    /// The texts of its `.mustache` files by name. Hidden files and others are passed over.
    package static func read(_ path: String) throws(MailTemplateError) -> [String: String] {
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: path).filter {
                $0.hasSuffix(".mustache") && !$0.hasPrefix(".")
            }
            var files: [String: String] = [:]
            for name in names {
                let data = try Data(contentsOf: URL(filePath: path).appending(path: name))
                guard data.count <= bytesMax, let text = String(data: data, encoding: .utf8) else {
                    throw MailTemplateError(problems: ["\(name): not a text in UTF-8 of at most 256 KiB"])
                }
                files[name] = text
            }
            return files
        } catch let error as MailTemplateError {
            throw error
        } catch {
            throw MailTemplateError(problems: ["\(path): cannot be read (\(error.localizedDescription))"])
        }
    }
}
