/// The `accounts` of the configuration, as far as they are about what people may do with accounts themselves.
package struct PeopleSettings: Sendable, Hashable {
    /// Who may make an account.
    package enum Registration: String, Sendable, CaseIterable {
        /// Everybody.
        case open
        /// Whom an administrator of a plant invites.
        case invite
        /// Nobody: administrators and the command line make accounts.
        case closed
    }

    /// Whether a person must prove that they read their address.
    package enum EmailVerification: String, Sendable, CaseIterable {
        /// Before they can sign in.
        case required
        /// They are asked to.
        case optional
        /// Nobody asks.
        case off
    }

    /// False for `accounts: off`: no user management over the network, and nobody signs in.
    package var isOn: Bool
    package var registration: Registration
    package var verifyEmail: EmailVerification
    /// The origin that links in mails begin with; never taken from a request.
    package var publicURL: String
    /// What the site is called: no part of a good password.
    package var siteName: String
    /// How long the link to verify an address is good.
    package var verificationLifetime: Duration
    /// How long the link to reset a password is good.
    package var resetLifetime: Duration
    package var invitationLifetime: Duration
    /// How long the token is good with which a first password is changed.
    package var firstPasswordLifetime: Duration

    package init(
        isOn: Bool = true, registration: Registration = .open, verifyEmail: EmailVerification = .required,
        publicURL: String = "https://localhost:8443", siteName: String = "Gatehouse",
        verificationLifetime: Duration = .seconds(86_400), resetLifetime: Duration = .seconds(1_800),
        invitationLifetime: Duration = .seconds(7 * 86_400), firstPasswordLifetime: Duration = .seconds(600)
    ) {
        self.isOn = isOn
        self.registration = registration
        self.verifyEmail = verifyEmail
        self.publicURL = publicURL
        self.siteName = siteName
        self.verificationLifetime = verificationLifetime
        self.resetLifetime = resetLifetime
        self.invitationLifetime = invitationLifetime
        self.firstPasswordLifetime = firstPasswordLifetime
    }
}

extension AccountsEnvironment {
    /// Ends what is switched off. Whoever has a shell on the gateway's host administers accounts all the same.
    func requireAccounts(_ requester: Requester) throws(AccountsError) {
        guard settings.people.isOn || requester.channel == .commandLine else { throw .accountsOff }
    }
}
