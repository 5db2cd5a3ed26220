import Foundation

/// The mails that `FolderDelivery` wrote, for a page that shows them.
package struct MailFolder: Sendable {
    private let folder: URL

    /// No more are read: a folder that nobody empties must not make a page that nobody can open.
    private static let mailsMax = 50
    private static let bytesMax = 64 * 1024

    package init(folder: String) { self.folder = URL(filePath: folder, directoryHint: .isDirectory) }

    /// The texts of the newest, newest first.
    package func newest() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        return names.filter { $0.hasSuffix(".txt") && !$0.hasPrefix(".") }.sorted(by: >).prefix(Self.mailsMax)
            .compactMap { name in
                guard let data = try? Data(contentsOf: folder.appending(path: name)) else { return nil }
                return String(decoding: data.prefix(Self.bytesMax), as: UTF8.self)
            }
    }
}
