/// What was done before the browser was sent on to a page: `done=saved` in its address.
///
/// Only these words have a meaning there, so a link that somebody made up cannot put words of theirs on the page.
enum PageNote: String, Sendable {
    case registered, saved, password, email, mail, verified, invited, ended, everywhere, revoked, inviting, uninvited,
        lost

    var phrase: Phrase {
        switch self {
        case .registered: .doneRegistered
        case .saved: .doneSaved
        case .password: .donePassword
        case .email: .doneEmail
        case .mail: .doneMail
        case .verified: .doneVerified
        case .invited: .doneInvited
        case .ended: .doneSessionEnded
        case .everywhere: .doneSessionsEnded
        case .revoked: .doneTokenRevoked
        case .inviting: .doneInviting
        case .uninvited: .doneUninvited
        case .lost: .formLost
        }
    }

    /// The address of a page that tells it.
    func on(_ path: String, _ further: [(name: String, value: String)] = []) -> String {
        path + PercentEncoding.query([(name: "done", value: rawValue)] + further)
    }

    /// What the address of the present page says; nothing if it is none that we made.
    static func text(_ context: PortalContext) -> String? {
        guard let query = try? context.query(), let word = query["done"] else { return nil }
        return PageNote(rawValue: word).map { context.language.say($0.phrase) }
    }
}
