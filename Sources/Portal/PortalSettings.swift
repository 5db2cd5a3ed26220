/// What the portal knows of the configuration.
package struct PortalSettings: Sendable {
    /// `accounts.public_url`: where people type their passwords, and nowhere else.
    package let publicOrigin: WebOrigin
    /// Where a person may be sent after signing in.
    package let returnTargets: ReturnTargets
    /// What the site put in place of ours.
    package let branding: Branding

    /// - Parameters:
    ///   - publicURL: `accounts.public_url`, such as `https://login.example.com:8443`.
    ///   - hostPatterns: the `match.host` of every route that has one.
    ///   - branding: the site's name, logo, colour and templates.
    /// - Returns: nil when `publicURL` is no origin.
    package init?(publicURL: String, hostPatterns: [String], branding: Branding = .gatehouse) {
        guard let origin = WebOrigin(publicURL) else { return nil }
        publicOrigin = origin
        self.branding = branding
        returnTargets = ReturnTargets(publicOrigin: origin, hostPatterns: hostPatterns)
    }

    /// The address of the login page with these further parameters, already encoded.
    func loginURL(_ parameters: [(name: String, value: String)] = []) -> String {
        publicOrigin.text + PortalPath.login + PercentEncoding.query(parameters)
    }
}

/// Where the portal's pages are, on every host.
enum PortalPath {
    static let home = "/.gatehouse/"
    static let account = "/.gatehouse/account"
    static let invitations = "/.gatehouse/account/invitations"
    static let deleteAccount = "/.gatehouse/account/delete"
    static let register = "/.gatehouse/register"
    static let forgot = "/.gatehouse/forgot"
    static let firstPassword = "/.gatehouse/first-password"
    static let mails = "/.gatehouse/mails"
    static let login = "/.gatehouse/login"
    static let logout = "/.gatehouse/logout"
    static let ticket = "/.gatehouse/ticket"
    static let assets = "/.gatehouse/assets/"
}
