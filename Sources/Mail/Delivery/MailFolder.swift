import Foundation

/// The mails that `FolderDelivery` wrote, for a page that shows them.
package struct MailFolder: Sendable {
    private let folder: URL

    /// No more are read: a folder that nobody empties must not make a page that nobody can open.
    private static let mailsMax = 20
    private static let bytesMax = 64 * 1024

    package init(folder: String) { self.folder = URL(filePath: folder, directoryHint: .isDirectory) }

    /// The texts of the newest, newest first; none while there is no folder yet. What a person put there that is no mail,
    /// because it is too large or cannot be read, is left out.
    package func newest() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        // Names begin with the time, so their order is that of the mails; drafts begin with a dot.
        return names.filter { $0.hasSuffix(".txt") && !$0.hasPrefix(".") }.sorted(by: >).prefix(Self.mailsMax)
            .compactMap(text)
    }

    private func text(of name: String) -> String? {
        let path = folder.appending(path: name).path(percentEncoded: false)
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        guard let bytes = try? handle.read(upToCount: Self.bytesMax + 1), bytes.count <= Self.bytesMax else {
            return nil
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
