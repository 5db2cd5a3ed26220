import HTTPMessage
import Identity
import TLS

/// What a request presents to prove who it acts as.
enum Credential {
    case none
    /// Well-formed: the store can say whose it is.
    case token(TokenHash, Carrier)
    /// Meant as a credential of ours, but none that could ever open anything. As good as none, and never more.
    case malformed

    /// What a token came in.
    enum Carrier {
        /// A session's alone, and rotated on page loads.
        case cookie
        /// `Authorization: Bearer`: a session's, or an API token.
        case bearer
    }
}

/// The gateway's own cookies and tokens among a client's fields: reads them, and keeps them from the upstream.
enum Credentials {
    static let cookieName: StaticString = "__Host-gatehouse"
    private static let cookieBytes = Array("__Host-gatehouse".utf8)
    /// What may follow `cookieBytes` in the names of the gateway's other cookies.
    private static let cookieSuffixes = [Array("-csrf".utf8), Array("-attempt".utf8)]
    private static let bearer = Array("bearer".utf8)

    /// The credential of a request: its bearer token if that is ours, else its session cookie.
    ///
    /// The cookie's name is compared byte for byte. Two session cookies that differ cancel each other out: one of
    /// them was planted, and nobody can say which (CVE-2026-25748).
    static func find(in fields: FieldBlock, last: inout LastToken, digest: DigestContext) -> Credential {
        if let index = fields.first(.authorization) {
            let value = fields.value(index)
            if let token = ownBearerToken(value) {
                let result = credential(value, token, .bearer, last, digest)
                if case .token(let hash, _) = result { last.remember(value.extracting(token), hash) }
                return result
            }
        }
        guard let first = fields.first(.cookie) else { return .none }
        if !fields.isRepeated(.cookie) {
            let value = fields.value(first)
            if let hash = last.hash(ofField: value) { return .token(hash, .cookie) }
            if let token = loneToken(value), case .token(let hash, _) = credential(value, token, .cookie, last, digest)
            {
                last.remember(field: value, token: token, hash, isAlone: true)
                return .token(hash, .cookie)
            }
        }
        var found: (field: Int, value: Range<Int>)?
        for index in first..<fields.count where fields.known(index) == .cookie {
            let value = fields.value(index)
            var cursor = CookieCursor()
            while let cookie = cursor.next(in: value) {
                guard value.extracting(cookie.name).isEqual(to: cookieBytes.span) else { continue }
                if let found {
                    let other = fields.value(found.field).extracting(found.value)
                    guard other.isEqual(to: value.extracting(cookie.value)) else { return .malformed }
                } else {
                    found = (index, cookie.value)
                }
            }
        }
        guard let found else { return .none }
        let value = fields.value(found.field)
        let result = credential(value, found.value, .cookie, last, digest)
        if case .token(let hash, _) = result { last.remember(field: value, token: found.value, hash) }
        return result
    }

    /// Where the token stands in a Cookie value that is as long as one with the session cookie alone, and begins like it.
    /// What follows may still be no token, or more cookies.
    private static func loneToken(_ value: Span<UInt8>) -> Range<Int>? {
        let start = cookieBytes.count + 1
        guard value.count == start + Token.textLength, value[start - 1] == UInt8(ascii: "="),
            value.extracting(..<cookieBytes.count).isEqual(to: cookieBytes.span)
        else { return nil }
        return start..<value.count
    }

    /// What the token in `range` of a field's value amounts to.
    private static func credential(
        _ value: Span<UInt8>, _ range: Range<Int>, _ carrier: Credential.Carrier, _ last: borrowing LastToken,
        _ digest: DigestContext
    ) -> Credential {
        let text = value.extracting(range)
        guard text.count == Token.textLength, text[0] == UInt8(ascii: "g"), text[1] == UInt8(ascii: "h"),
            opens(kind: text[2], in: carrier), text[3] == UInt8(ascii: "_")
        else { return .malformed }
        if let hash = last.hash(of: text) { return .token(hash, carrier) }
        for index in 4..<text.count where !Base64URL.isDigit(text[index]) { return .malformed }
        return .token(TokenHash(digest.sha256(text)), carrier)
    }

    /// Whether a token of this kind, by the letter of its prefix, may come in this carrier: sessions in both, API tokens
    /// as bearer alone.
    private static func opens(kind: UInt8, in carrier: Credential.Carrier) -> Bool {
        kind == UInt8(ascii: "s") || kind == UInt8(ascii: "t") && carrier == .bearer
    }

    /// Where the gateway's own token stands in the value of an Authorization field; nil when it is somebody else's.
    /// The scheme has no case (RFC 9110, section 11.1).
    static func ownBearerToken(_ value: Span<UInt8>) -> Range<Int>? {
        guard value.count > bearer.count + 4 else { return nil }
        for index in bearer.indices where value[index] | 0x20 != bearer[index] { return nil }
        guard value[bearer.count] == UInt8(ascii: " ") else { return nil }
        var start = bearer.count + 1
        while start < value.count, value[start] == UInt8(ascii: " ") { start += 1 }
        guard value.count - start >= 4, value[start] == UInt8(ascii: "g"), value[start + 1] == UInt8(ascii: "h"),
            value[start + 3] == UInt8(ascii: "_")
        else { return nil }
        switch value[start + 2] {
        case UInt8(ascii: "s"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "k"), UInt8(ascii: "v"),
            UInt8(ascii: "i"):
            return start..<value.count
        default: return nil
        }
    }

    /// Whether a cookie of this name is the gateway's.
    static func isOwnCookie(_ name: Span<UInt8>) -> Bool {
        guard name.count >= cookieBytes.count, name.extracting(..<cookieBytes.count).isEqual(to: cookieBytes.span)
        else {
            return false
        }
        let rest = name.extracting(cookieBytes.count...)
        if rest.isEmpty { return true }
        for suffix in cookieSuffixes where rest.isEqual(to: suffix.span) { return true }
        return false
    }

    /// Appends a Cookie field without the gateway's cookies; nothing at all when none is left.
    static func appendForeignCookies(of value: Span<UInt8>, to output: inout ByteBuffer) {
        var cursor = CookieCursor()
        var isFirst = true
        while let cookie = cursor.next(in: value) {
            if isOwnCookie(value.extracting(cookie.name)) { continue }
            output.append(isFirst ? "Cookie: " : "; ")
            output.append(value.extracting(cookie.pair))
            isFirst = false
        }
        if !isFirst { output.append("\r\n") }
    }

    /// The `Set-Cookie` value of a session cookie (RFC 6265bis, section 4.1.3.2).
    static func setting(_ cookie: RotatedCookie) -> String {
        let age = cookie.maxAge.map { "; Max-Age=\($0)" } ?? ""
        return "\(cookieName)=\(cookie.value); Path=/\(age); Secure; HttpOnly; SameSite=Lax"
    }

    /// Whether a Set-Cookie value of an upstream would set one of the gateway's cookies.
    ///
    /// A cookie without a name is sent back as its value alone, so a browser that takes `=__Host-gatehouse=x` plants a
    /// session with it, and no prefix holds it off (RFC 6265bis, section 5.6, step 21).
    static func setsOwnCookie(_ value: Span<UInt8>) -> Bool {
        var cursor = CookieCursor()
        guard let cookie = cursor.next(in: value) else { return false }
        if !cookie.name.isEmpty { return isOwnCookie(value.extracting(cookie.name)) }
        let sentBack = value.extracting(cookie.value)
        guard sentBack.count >= cookieBytes.count else { return false }
        return sentBack.extracting(..<cookieBytes.count).isEqual(to: cookieBytes.span)
    }
}

/// The last well-formed token that came over a connection, with its hash: clients send the same one with every request,
/// and comparing costs a fraction of hashing. What it opens is asked anew each time.
///
/// The whole Cookie field that it came in is kept beside it, with what is left of that for the application: mostly the
/// next request has the same one, and then nobody goes over its pairs.
struct LastToken: ~Copyable {
    private var hash: TokenHash?
    /// The Cookie field that the token came in, or else the token alone; then the line of the field without the gateway's
    /// own cookies, if anything is left. One piece of memory, that is used again for the next token.
    private var bytes = ByteBuffer()
    private var token = 0..<0
    /// How long the Cookie field is; 0 when it is not kept.
    private var fieldCount = 0

    /// A longer field is not kept: every connection would hold it.
    private static let fieldBytesMax = 1024

    init() {}

    init(_ text: Span<UInt8>, _ hash: TokenHash) { remember(text, hash) }

    func hash(of other: Span<UInt8>) -> TokenHash? {
        !token.isEmpty && other.isEqual(to: bytes.span.extracting(token)) ? hash : nil
    }

    /// The hash of the token in this Cookie field, if it is the one that is kept.
    func hash(ofField other: Span<UInt8>) -> TokenHash? { isField(other) ? hash : nil }

    /// Whether this is the Cookie field that is kept.
    func isField(_ other: Span<UInt8>) -> Bool {
        fieldCount > 0 && other.isEqual(to: bytes.span.extracting(..<fieldCount))
    }

    /// Appends what is left of this Cookie field without the gateway's own cookies, if that is known; false when not.
    func appendForeignCookies(of other: Span<UInt8>, to output: inout ByteBuffer) -> Bool {
        guard isField(other) else { return false }
        output.append(bytes.span.extracting(fieldCount...))
        return true
    }

    /// Keeps a token that came by itself.
    mutating func remember(_ text: Span<UInt8>, _ hash: TokenHash) {
        bytes.clear()
        bytes.append(text)
        token = 0..<text.count
        fieldCount = 0
        self.hash = hash
    }

    /// Keeps the Cookie field whose bytes in `token` are the token.
    ///
    /// - Parameter isAlone: whether there is no other cookie in it.
    mutating func remember(field value: Span<UInt8>, token: Range<Int>, _ hash: TokenHash, isAlone: Bool = false) {
        guard value.count <= Self.fieldBytesMax else { return remember(value.extracting(token), hash) }
        bytes.clear()
        bytes.append(value)
        self.token = token
        fieldCount = value.count
        self.hash = hash
        if !isAlone { Credentials.appendForeignCookies(of: value, to: &bytes) }
    }

    /// The token of this hash as it was sent; nil when another has come since, as it may with HTTP/2, where requests of
    /// several people can share a connection. Secret.
    func text(of other: TokenHash) -> String? {
        hash == other ? bytes.span.extracting(token).decoded : nil
    }
}

extension RequestHead {
    /// What the request presents. Not inlined: its fields would be counted up and down there.
    @inline(never)
    func credential(last: inout LastToken, digest: DigestContext) -> Credential {
        Credentials.find(in: fields, last: &last, digest: digest)
    }
}

/// Goes over the pairs of a Cookie value: `name=value; name=value` (RFC 6265, section 4.2.1).
struct CookieCursor {
    private var position = 0

    /// The next pair, as ranges of `text`. A pair without `=` is a name without a value.
    mutating func next(in text: Span<UInt8>) -> (pair: Range<Int>, name: Range<Int>, value: Range<Int>)? {
        while position < text.count {
            var start = position
            var end = start
            while end < text.count, text[end] != UInt8(ascii: ";") { end += 1 }
            position = end + 1
            while start < end, Self.isSpace(text[start]) { start += 1 }
            while end > start, Self.isSpace(text[end - 1]) { end -= 1 }
            if start == end { continue }
            var equals = start
            while equals < end, text[equals] != UInt8(ascii: "=") { equals += 1 }
            var nameEnd = equals
            while nameEnd > start, Self.isSpace(text[nameEnd - 1]) { nameEnd -= 1 }
            var valueStart = min(equals + 1, end)
            while valueStart < end, Self.isSpace(text[valueStart]) { valueStart += 1 }
            return (start..<end, start..<nameEnd, valueStart..<end)
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
