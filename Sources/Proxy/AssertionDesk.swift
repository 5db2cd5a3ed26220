import Assertion
import Identity
import Policy

/// Where a worker gets its assertions: those that it keeps, and else a new one.
///
/// Signing takes 16 µs of processor time (measured, release build) and happens on the worker's loop: once in three quarters
/// of a minute for a session, route and plant. A thousand busy sessions cost a worker 0.04 % of its time, and handing the
/// work to another thread and coming back would cost more.
final class AssertionDesk {
    let issuer: AssertionIssuer
    let shelf: AssertionShelf

    init(_ issuer: AssertionIssuer, shelf: AssertionShelf = AssertionShelf()) {
        self.issuer = issuer
        self.shelf = shelf
    }

    /// The assertion that goes with a permit. Nil when its route's application gets none, nobody asks, or there is no
    /// key to sign with.
    func assertion(
        for permit: Permit, of session: CachedSession, _ deployment: Deployment, at now: Timestamp
    ) -> KeptAssertion? {
        let field = permit.route.assertionField
        guard deployment.assertsIdentity, !field.isEmpty else { return nil }
        let place = IdentityLines.Place(permit, deployment: deployment.number)
        if let kept = session.assertions.good(for: place, at: now) { return kept }
        guard let claims = claims(permit, session, deployment), let text = issuer.assertion(claims, at: now) else {
            return nil
        }
        let assertion = KeptAssertion(place, field: field, text: text, signedAt: now)
        session.assertions.add(assertion)
        shelf.keep(assertion)
        return assertion
    }

    /// What there is to say of whoever a permit was given to; nil of nobody.
    func claims(_ permit: Permit, _ session: CachedSession, _ deployment: Deployment) -> AssertionClaims? {
        guard let principal = permit.principal else { return nil }
        return AssertionClaims(
            issuer: deployment.publicURL, audience: permit.route.name, principal: principal,
            membership: permit.membership, session: session.sessionID)
    }
}
