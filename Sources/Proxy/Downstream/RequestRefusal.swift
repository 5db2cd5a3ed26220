import HTTPMessage

/// Why a request is refused before anybody looked at what it asks.
///
/// A class, so that the frames of suspended tasks hold a reference and not three texts: an idle connection's task keeps
/// the memory of the deepest call that it ever made.
final class RequestRefusal: Sendable {
    let status: Int
    let code: String
    let detail: String

    init(status: Int, code: String, detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    convenience init(_ error: RequestError) {
        self.init(status: error.status, code: error.code, detail: error.detail)
    }

    /// The head was not complete in time.
    static let headTooSlow = RequestRefusal(
        status: 408, code: "head_timeout", detail: "The head of the request did not come in time.")
}

/// Refused by what the head says.
extension RequestRefusal {
    static let methodNotImplemented = RequestRefusal(
        status: 501, code: "method_not_implemented", detail: "CONNECT and TRACE are not served here.")
    static let targetNotServed = RequestRefusal(
        status: 400, code: "bad_target", detail: "The target of the request is not a path.")
    static let severalAuthorizations = RequestRefusal(
        status: 400, code: "several_authorizations", detail: "There is more than one Authorization field.")
    static let misdirected = RequestRefusal(
        status: 421, code: "misdirected_request",
        detail: "The certificate of this connection does not cover the host that was asked for.")
}

/// Refused by what the body is.
extension RequestRefusal {
    static let bodyTooLarge = RequestRefusal(
        status: 413, code: "body_too_large", detail: "The body is larger than this route accepts.")
    static let bodyTooSlow = RequestRefusal(
        status: 408, code: "body_timeout", detail: "The body came too slowly, or stopped coming.")
    static let malformedBody = RequestRefusal(
        status: 400, code: "bad_chunk", detail: "The chunked framing of the body is broken.")
}
