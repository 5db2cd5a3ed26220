import HTTPMessage

/// How the gateway ends a call of gRPC that it does not forward, or cannot carry to its end.
///
/// Clients of gRPC look for a status in trailers and for nothing else: a page, a redirect or a problem document would
/// only puzzle them.
enum GRPCStatus: Int {
    case unknown = 2
    case deadlineExceeded = 4
    case permissionDenied = 7
    case resourceExhausted = 8
    case unimplemented = 12
    case internalError = 13
    case unavailable = 14
    case unauthenticated = 16

    /// What stands for a status of HTTP: as gRPC's own mapping has it, but for what that takes for `UNKNOWN` or for
    /// unavailable although more is known (429 as in Envoy's `rate_limited_as_resource_exhausted`).
    ///
    /// - Parameter code: the stable code of the problem. No connection in time is no answer in time only to HTTP.
    init(status: Int, code: String) {
        self =
            switch status {
            case _ where code == "\(UpstreamError.connectTimedOut.code)": .unavailable
            case 400: .internalError
            case 401: .unauthenticated
            case 403: .permissionDenied
            case 404, 405, 501: .unimplemented
            case 408, 504: .deadlineExceeded
            case 413, 429, 431: .resourceExhausted
            case 502, 503: .unavailable
            default: .unknown
            }
    }

    /// The trailers that say so.
    func trailers(_ message: String) -> FieldBlock {
        let fields = FieldBlock()
        fields.append(name: "grpc-status", value: String(rawValue))
        fields.append(name: "grpc-message", value: Self.encode(message))
        return fields
    }

    /// The status that an application gives, in its trailers or in a head that is all there is; nil when it gives none of
    /// the seventeen.
    static func number(in fields: FieldBlock) -> Int? {
        for index in 0..<fields.count where fields.name(index).isEqualIgnoringCase(to: "grpc-status") {
            return Int(fields.value(index).decoded).flatMap { (0...16).contains($0) ? $0 : nil }
        }
        return nil
    }

    /// An answer that is nothing but trailers (`Trailers-Only`): status 200 and one head, which ends the stream.
    func answer(_ message: String) -> LocalResponse {
        LocalResponse(
            status: 200,
            fields: [
                ("content-type", "application/grpc"), ("grpc-status", String(rawValue)),
                ("grpc-message", Self.encode(message)),
            ])
    }

    /// Percent-encodes all but visible ASCII and the space, and `%` itself.
    static func encode(_ message: String) -> String {
        var text = ""
        for byte in message.utf8 {
            if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += byte < 0x10 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }
}

extension ProblemDocument {
    /// The document as the answer to this request; to a call of gRPC, its status. A proxy that asks about one wants to be
    /// answered itself.
    func response(to exchange: Exchange) -> LocalResponse {
        guard exchange.inquiry == nil, exchange.request.callsGRPC else { return response }
        let ending = GRPCStatus(status: status, code: code)
        exchange.record.grpcStatus = ending.rawValue
        return ending.answer("\(detail) (\(code))")
    }
}

extension LocalResponse {
    /// Whether it is one head and nothing else, whose length nobody asks for.
    var isTrailersOnly: Bool { fields.contains { $0.name == "grpc-status" } }
}
