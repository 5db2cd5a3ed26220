package import Identity

/// A mail in its final words, ready to be written down (RFC 5322, RFC 2045, RFC 2046).
///
/// Has no `description` on purpose: its link holds a secret.
package struct MailMessage: Sendable {
    /// The event's: the same mail sent twice has one Message-ID.
    package let id: UUID128
    package let date: Timestamp
    package let sender: MailSender
    package let recipient: MailAddress
    package let subject: String
    package let text: String
    package let html: String
    /// A language tag.
    package let language: String

    package init(
        id: UUID128, date: Timestamp, sender: MailSender, recipient: MailAddress, subject: String, text: String,
        html: String, language: String
    ) {
        self.id = id
        self.date = date
        self.sender = sender
        self.recipient = recipient
        self.subject = subject
        self.text = text
        self.html = html
        self.language = language
    }

    /// The whole message in ASCII, but for an international address (RFC 6532); its lines end with CRLF.
    package func bytes() throws(MailMessageError) -> [UInt8] {
        // "=_" is never part of quoted-printable text, so the boundary cannot be.
        let boundary = "=_\(id)"
        var from = "<\(sender.address.text)>"
        if let name = sender.name { from = "\(try HeaderText.phrase(name, field: "From")) \(from)" }
        let fields = [
            ("Date", CivilTime(date).mailDate),
            ("From", from),
            ("To", "<\(recipient.text)>"),
            ("Message-ID", "<\(id)@\(sender.address.domain)>"),
            ("Subject", try HeaderText.unstructured(subject, field: "Subject")),
            ("MIME-Version", "1.0"),
            ("Content-Language", language),
            // So that nobody's holiday notice answers (RFC 3834, section 5; Exchange has a field of its own).
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            ("Content-Type", "multipart/alternative;\r\n boundary=\"\(boundary)\""),
        ]
        var bytes = Array(fields.map { "\($0): \($1)\r\n" }.joined().utf8)
        // The last is the one that a program shows that can (RFC 2046, section 5.1.4).
        for (type, content) in [("text/plain", text), ("text/html", html)] {
            let head = """
                \r\n--\(boundary)\r\nContent-Type: \(type); charset=utf-8\r
                Content-Transfer-Encoding: quoted-printable\r\n\r\n
                """
            bytes += Array(head.utf8)
            bytes += QuotedPrintable.encode(content)
        }
        return bytes + Array("\r\n--\(boundary)--\r\n".utf8)
    }
}

extension MailMessage: CustomReflectable, CustomDebugStringConvertible {
    package var debugDescription: String { "mail \(id)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a mail cannot be written down.
package enum MailMessageError: Error, Sendable, Hashable {
    /// A field of the header would hold a line break or another control character (CWE-93).
    case controlCharacter(field: String)
}
