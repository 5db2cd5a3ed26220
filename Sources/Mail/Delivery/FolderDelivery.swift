import Foundation
import Identity

/// Writes mails into a folder instead of sending them: for trying things out.
///
/// Each becomes two files, `.eml` as mail programs open it and `.txt` as people read it. They hold secret links, so
/// nobody but the gateway's user may read them.
package struct FolderDelivery: MailDelivery {
    private let folder: URL

    package init(folder: String) { self.folder = URL(filePath: folder, directoryHint: .isDirectory) }

    package func deliver(_ message: MailMessage) async -> DeliveryOutcome {
        // The same mail again has the same names: it is one mail still.
        let name = "\(CivilTime(message.date).compact)-\(message.id)"
        let text = """
            To: \(message.recipient.text)
            From: \(message.sender.address.text)
            Date: \(CivilTime(message.date).mailDate)
            Subject: \(message.subject)

            \(message.text)
            """
        do {
            let bytes = try message.bytes()
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try write(Data(bytes), to: "\(name).eml")
            // Last, because this is the one that readers of the folder look for.
            try write(Data(text.utf8), to: "\(name).txt")
            return .delivered
        } catch let error as MailMessageError {
            return .refused("the message cannot be written down: \(error)")
        } catch {
            return .unreachable("\(folder.path()): \(error.localizedDescription)")
        }
    }

    package func rest() async {}

    /// Whole or not at all, also for whoever looks meanwhile.
    private func write(_ data: Data, to name: String) throws {
        let draft = folder.appending(path: ".\(name).part")
        guard
            FileManager.default.createFile(
                atPath: draft.path(percentEncoded: false), contents: data, attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown) }
        let place = folder.appending(path: name)
        guard
            unsafe rename(draft.path(percentEncoded: false), place.path(percentEncoded: false)) == 0
        else { throw CocoaError(.fileWriteUnknown) }
    }
}
