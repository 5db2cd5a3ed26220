import HTTPMessage

/// The fields behind the body of an answer (RFC 9110, section 6.5).
enum Trailers {
    /// Whether a field may stand there: none that frames or routes a message, says who somebody is, or would have had to
    /// be read before the body.
    static func mayPass(_ fields: FieldBlock, _ index: Int) -> Bool {
        switch fields.known(index) {
        case .host, .contentLength, .setCookie, .cookie, .authorization, .contentType, .location, .expect,
            .strictTransportSecurity, .forwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost:
            false
        default: !UpstreamRequestWriter.isHopByHop(fields, index)
        }
    }
}

extension Exchange {
    /// The trailers of the answer, if the client of HTTP/1.1 has said that it understands some.
    var passableTrailers: FieldBlock? {
        guard let trailers, trailers.count > 0, request.takesTrailers else { return nil }
        return trailers
    }
}
