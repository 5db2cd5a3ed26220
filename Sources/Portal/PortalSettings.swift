/// What the portal knows of the configuration.
package struct PortalSettings: Sendable {
    /// `accounts.public_url`: where people type their passwords, and nowhere else.
    package let publicOrigin: WebOrigin
    /// Where a person may be sent after signing in.
    package let returnTargets: ReturnTargets

    /// - Parameters:
    ///   - publicURL: `accounts.public_url`, such as `https://login.example.com:8443`.
    ///   - hostPatterns: the `match.host` of every route that has one.
    /// - Returns: nil when `publicURL` is no origin.
    package init?(publicURL: String, hostPatterns: [String]) {
        guard let origin = WebOrigin(publicURL) else { return nil }
        publicOrigin = origin
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
    static let login = "/.gatehouse/login"
    static let logout = "/.gatehouse/logout"
    static let ticket = "/.gatehouse/ticket"
    static let assets = "/.gatehouse/assets/"
}
