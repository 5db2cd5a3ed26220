/// The method of a request (RFC 9110, section 9; PATCH: RFC 5789). Its name is compared with regard to case.
package enum Method: UInt8, Sendable {
    case get, head, post, put, delete, options, patch, connect, trace
    /// A method that is none of these. Its name stands in the head.
    case other

    package init(_ name: Span<UInt8>) {
        let candidates: (Method, StaticString, Method, StaticString)
        switch name.count {
        case 3: candidates = (.get, "GET", .put, "PUT")
        case 4: candidates = (.post, "POST", .head, "HEAD")
        case 5: candidates = (.patch, "PATCH", .trace, "TRACE")
        case 6: candidates = (.delete, "DELETE", .delete, "DELETE")
        case 7: candidates = (.options, "OPTIONS", .connect, "CONNECT")
        default:
            self = .other
            return
        }
        if name.isEqual(to: candidates.1) {
            self = candidates.0
        } else if name.isEqual(to: candidates.3) {
            self = candidates.2
        } else {
            self = .other
        }
    }

    /// Whether doing it twice does no more than doing it once (RFC 9110, section 9.2.2).
    package var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .connect, .other: false
        }
    }

    /// Whether it only asks (RFC 9110, section 9.2.1).
    package var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        case .post, .put, .delete, .patch, .connect, .other: false
        }
    }
}
