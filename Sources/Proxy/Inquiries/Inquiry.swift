import Assertion
import HTTPMessage

/// A request that is about another one: a proxy asks whether it may let its client's through, or a developer what would
/// go with theirs.
///
/// The other request is decided on by what decides on our own clients' requests, with the credentials that
/// come along: there is no second engine, and no shorter way.
final class Inquiry {
    /// How whoever asks takes the answer.
    enum Form: Hashable {
        /// nginx' `auth_request`: 2xx is yes, 401 and 403 are no, and everything else is a failure.
        case authRequest
        /// Caddy's `forward_auth`, Traefik's ForwardAuth and the like: 2xx is yes, and anything else is sent on to the
        /// client as it stands.
        case forwardAuth
        /// Envoy's `ext_authz` over HTTP: 200 is yes, and anything else is sent on to the client as it stands.
        case externalAuthorization
        /// A developer who wants assertions that have a flaw: this one, or each.
        case assertionTest(AssertionFlaw?)
    }

    let form: Form
    /// The request that it is about: what was asked for, of which host, by which method. Its other fields are those of
    /// the inquiry.
    let head: RequestHead
    /// How the client asked for it: `https` or `http`.
    let scheme: String

    init(_ form: Form, about head: RequestHead, scheme: String) {
        self.form = form
        self.head = head
        self.scheme = scheme
    }

    /// The beginning of all paths at which inquiries are made.
    private static let path = Array("/.gatehouse/a".utf8)

    /// Whether a request with this path, as it was sent, may be one.
    static func mayBe(_ sent: Span<UInt8>) -> Bool {
        sent.count > path.count && sent[1] == UInt8(ascii: ".") && sent.hasPrefix(path)
    }

    /// Whether it is made for a client of somebody else's.
    var isOfProxy: Bool { if case .assertionTest = form { false } else { true } }

    /// The status for a yes.
    var statusOfYes: Int { form == .externalAuthorization ? 200 : 202 }

    /// What a refusal's status becomes: `auth_request` knows two ways to say no, and takes every other for a failure of
    /// ours. That somebody is not known yet, and that nobody could say who they are, stay what they are.
    func status(ofRefusal status: Int) -> Int {
        form == .authRequest && status != 401 && status < 500 ? 403 : status
    }
}

extension Exchange {
    /// The request that is decided on: the client's own, or the one that it asks about.
    var subject: RequestHead { inquiry?.head ?? request }
}
