/// The pages of a person's own account, as the row of links on top of each shows them.
enum AccountTab: CaseIterable, Sendable {
    case overview, profile, password, email, sessions, tokens

    /// A link of the row.
    struct Shown: Sendable {
        let url: String
        let label: String
        let isHere: Bool
    }

    var path: String {
        switch self {
        case .overview: PortalPath.home
        case .profile: PortalPath.account
        case .password: PortalPath.account + "/password"
        case .email: PortalPath.account + "/email"
        case .sessions: PortalPath.account + "/sessions"
        case .tokens: PortalPath.account + "/tokens"
        }
    }

    var phrase: Phrase {
        switch self {
        case .overview: .tabOverview
        case .profile: .profileTitle
        case .password: .password
        case .email: .email
        case .sessions: .sessionsTitle
        case .tokens: .tokensTitle
        }
    }

    /// All of them, with this one marked.
    func all(_ language: Language) -> [Shown] {
        AccountTab.allCases.map { Shown(url: $0.path, label: language.say($0.phrase), isHere: $0 == self) }
    }
}
