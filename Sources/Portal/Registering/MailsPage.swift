/// The mails that a trial wrote into a folder instead of sending them, for whoever tries it out.
///
/// There is no such page unless `mail.show` says so, as it does in the demo.
struct MailsPage: Sendable {
    let services: PortalServices

    @Sendable func show(_ context: PortalContext) async throws(PortalFailure) -> PortalResponse {
        guard let mails = services.mails else { throw .notFound }
        try services.requirePublicHost(context)
        let language = context.language
        return services.pages.answer(
            200, .mails,
            Sheet(
                language, title: language.say(.mailsTitle), isWide: true, branding: services.pages.branding,
                page: MailsSheet(mails: mails().map(Mail.init))))
    }
}

private struct MailsSheet: Sendable {
    let mails: [Mail]
}

/// One mail, with its links made links.
private struct Mail: Sendable {
    struct Piece: Sendable {
        let text: String
        let url: String?
    }

    let pieces: [Piece]

    init(_ text: String) {
        var pieces: [Piece] = []
        var plain = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let bare = line.filter { $0 != "\r" }
            if bare.hasPrefix("https://"), !bare.contains(where: { $0.isWhitespace }) {
                pieces.append(Piece(text: plain, url: nil))
                pieces.append(Piece(text: String(bare), url: String(bare)))
                plain = "\n"
            } else {
                plain += bare + "\n"
            }
        }
        pieces.append(Piece(text: plain, url: nil))
        self.pieces = pieces
    }
}
