import Configuration
import Mail

/// The mails that a trial writes into a folder, for the page that shows them (`mail.show`).
struct ShownMails: Sendable {
    private let folder: MailFolder

    /// Nil unless the configuration says that mails are written into a folder and shown.
    init?(_ settings: MailSettings?) {
        guard case .folder(let folder, isShown: true) = settings?.delivery else { return nil }
        self.folder = MailFolder(folder: folder)
    }

    func callAsFunction() -> [String] { folder.newest() }
}
