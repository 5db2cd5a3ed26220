import HTTPMessage
import Policy

/// The fields by which a client could pass for somebody else, come from somewhere else, or ask for something else than
/// what the policy sees: none of them reaches an application from a client.
///
/// Names are compared without case and with every other sign as `-`, since many applications cannot tell these apart
/// (CVE-2025-64484). The fields that override the method are among them: requirements depend on the method, so an
/// application must not read another one than the policy (CVE-2025-29927 is of this kind).
struct ClientClaims: Sendable {
    private let identityFields: IdentityFieldNames
    /// Whether an identity header of the configuration's has a name that the parser knows, such as `Authorization`.
    private let includeKnownFields: Bool

    init(_ identityFields: IdentityFieldNames) {
        self.identityFields = identityFields
        includeKnownFields = KnownField.allCases.contains { field in
            field != .other && identityFields.contains(Array("\(field.name)".utf8).span)
        }
    }

    /// Whether the field at `index` is one.
    func contain(_ fields: FieldBlock, _ index: Int) -> Bool {
        switch fields.known(index) {
        case .other:
            let name = fields.name(index)
            guard let first = name.first else { return true }
            if Self.isDisguised(name) { return true }
            switch first {
            case UInt8(ascii: "x"), UInt8(ascii: "X"):
                return Self.isForwardingField(name) || identityFields.contains(name)
            case UInt8(ascii: "p"), UInt8(ascii: "P"):
                return name.isEqualIgnoringCase(to: "proxy") || identityFields.contains(name)
            default: return identityFields.contains(name)
            }
        case .forwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost, .xRequestID: return true
        default: return includeKnownFields && identityFields.contains(fields.name(index))
        }
    }

    private static let prefix = Array("x-forwarded-".utf8)
    private static let names = [
        "x-forwarded", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original-url", "x-original-uri",
        "x-original-method", "x-original-host", "x-rewrite-url", "x-http-method", "x-http-method-override",
        "x-method-override", "x-request-id", "x-host",
    ].map { Array($0.utf8) }

    /// Fields that frame a message or belong to a connection, and that a server behind CGI reads from `Content_Length`
    /// or `Content.Length` as well as from `Content-Length`.
    private static let framing = [
        KnownField.keepAlive, .contentLength, .proxyConnection, .transferEncoding, .proxyAuthorization,
    ].map { Array("\($0.name)".utf8) }

    /// Whether a name that the parser does not know is one of those once its signs are read as `-`.
    private static func isDisguised(_ name: Span<UInt8>) -> Bool {
        switch name.count {
        // The lengths of those names.
        case 10, 14, 16, 17, 19:
            for wanted in framing where FieldName.matchesFolded(name, wanted.span) { return true }
            return false
        default: return false
        }
    }

    /// Fields by which proxies tell where a request came from and what it asked for.
    private static func isForwardingField(_ name: Span<UInt8>) -> Bool {
        if name.count > prefix.count, FieldName.matchesFolded(name.extracting(..<prefix.count), prefix.span) {
            return true
        }
        for wanted in names where FieldName.matchesFolded(name, wanted.span) { return true }
        return false
    }
}

extension Span<UInt8> {
    fileprivate var first: UInt8? { isEmpty ? nil : self[0] }
}
