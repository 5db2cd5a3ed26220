import Configuration
import Foundation

/// The mails that a trial writes into a folder, for the page that shows them (`mail.show`).
struct ShownMails: Sendable {
    private static let countMax = 20
    private static let bytesMax = 64 * 1_024

    private let folder: String

    /// Nil unless the configuration says that mails are written into a folder and shown.
    init?(_ settings: MailSettings?) {
        guard case .folder(let folder, isShown: true) = settings?.delivery else { return nil }
        self.folder = folder
    }

    /// The newest ones as text, newest first; none while there is no folder yet. What a person put there that is no
    /// mail, because it is too large or cannot be read, is left out.
    func callAsFunction() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        // Names begin with the time, so their order is that of the mails; drafts begin with a dot.
        let newest = names.filter { $0.hasSuffix(".txt") && !$0.hasPrefix(".") }.sorted(by: >)
        return newest.prefix(ShownMails.countMax).compactMap { name in
            guard let handle = FileHandle(forReadingAtPath: "\(folder)/\(name)") else { return nil }
            defer { try? handle.close() }
            guard let bytes = try? handle.read(upToCount: ShownMails.bytesMax + 1), bytes.count <= ShownMails.bytesMax
            else { return nil }
            return String(validating: bytes, as: UTF8.self)
        }
    }
}
