import HTTPMessage
import Identity
import TLS

/// What `Credentials` finds among a client's fields is what a plain reading finds, whatever came over the connection
/// before; and none of the gateway's cookies is left in what is passed on.
///
/// Each line of the input is a field: `a` and the value of an Authorization, or the value of a Cookie.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCredentials(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let lines = unsafe fuzzInput(start, count).split(separator: UInt8(ascii: "\n")).map { line in
        Array(line.filter { ByteClass.isFieldValue($0) })
    }
    let fields = FieldBlock()
    for line in lines {
        let isAuthorization = line.first == UInt8(ascii: "a")
        let value = trimmed(isAuthorization ? Array(line.dropFirst()) : line)
        fields.append(
            name: Array((isAuthorization ? "Authorization" : "Cookie").utf8).span, value: value.span)
    }
    var last = LastToken()
    let found = outcome(Credentials.find(in: fields, last: &last, digest: digest))
    // The second time the token is known by its text.
    if outcome(Credentials.find(in: fields, last: &last, digest: digest)) != found { finding("another one when known") }
    if found != plainOutcome(fields) { finding("not what a plain reading finds") }
    for index in 0..<fields.count {
        let value = fields.value(index)
        if fields.known(index) == .cookie { checkForeign(value.copied) }
        if Credentials.setsOwnCookie(value) != plainSetsOwnCookie(value.copied) { finding("a cookie planted or lost") }
    }
    return 0
}

/// The fuzzer has one thread.
nonisolated(unsafe) private let digest = DigestContext()

extension [UInt8] {
    /// As the proxy has it, of which only the one file is compiled here.
    init(_ span: Span<UInt8>) { self = span.copied }
}

private enum Outcome: Equatable {
    case none, malformed
    case token(TokenHash, Credential.Carrier)
}

private func outcome(_ credential: Credential) -> Outcome {
    switch credential {
    case .none: .none
    case .malformed: .malformed
    case .token(let hash, let carrier): .token(hash, carrier)
    }
}

/// What is passed on of a Cookie holds every foreign pair, in order, and none of ours.
private func checkForeign(_ value: [UInt8]) {
    var output = ByteBuffer()
    Credentials.appendForeignCookies(of: value.span, to: &output)
    let foreign = pairs(value).filter { !isOwn(name(of: $0)) }
    let line = foreign.isEmpty ? [] : Array("Cookie: ".utf8) + foreign.joined(separator: Array("; ".utf8)) + [13, 10]
    if output.span.copied != line { finding("other cookies than those that are not ours") }
}

// MARK: The same done plainly

private func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    return Array(bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
}

private func pairs(_ value: [UInt8]) -> [[UInt8]] {
    value.split(separator: UInt8(ascii: ";")).map { trimmed(Array($0)) }.filter { !$0.isEmpty }
}

private func name(of pair: [UInt8]) -> [UInt8] { trimmed(Array(pair.prefix { $0 != UInt8(ascii: "=") })) }

private func value(of pair: [UInt8]) -> [UInt8] {
    trimmed(Array(pair.drop { $0 != UInt8(ascii: "=") }.dropFirst()))
}

private func isOwn(_ name: [UInt8]) -> Bool {
    ["__Host-gatehouse", "__Host-gatehouse-csrf", "__Host-gatehouse-attempt"].contains { Array($0.utf8) == name }
}

private func plainOutcome(_ fields: FieldBlock) -> Outcome {
    if let index = fields.first(.authorization) {
        let words = String(decoding: fields.value(index).copied, as: Unicode.ASCII.self)
        let scheme = words.prefix { $0 != " " }
        let credentials = words.dropFirst(scheme.utf8.count).drop { $0 == " " }
        let isOurs = Token.Kind.allCases.contains { credentials.hasPrefix($0.rawValue) }
        if scheme.lowercased() == "bearer", isOurs {
            return plainToken(Array(credentials.utf8), .bearer)
        }
    }
    var values: [[UInt8]] = []
    for index in 0..<fields.count where fields.known(index) == .cookie {
        for pair in pairs(fields.value(index).copied) where name(of: pair) == Array("__Host-gatehouse".utf8) {
            values.append(value(of: pair))
        }
    }
    guard let first = values.first else { return .none }
    guard values.allSatisfy({ $0 == first }) else { return .malformed }
    return plainToken(first, .cookie)
}

private func plainToken(_ text: [UInt8], _ carrier: Credential.Carrier) -> Outcome {
    let digits = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8)
    let kinds = carrier == .cookie ? ["ghs_"] : ["ghs_", "ght_"]
    guard text.count == Token.textLength, kinds.contains(where: { text.starts(with: $0.utf8) }),
        text.dropFirst(4).allSatisfy(digits.contains)
    else { return .malformed }
    return .token(TokenHash(digest.sha256(text.span)), carrier)
}

private func nameless(_ pair: [UInt8]) -> [UInt8] { value(of: pair) }

private func plainSetsOwnCookie(_ value: [UInt8]) -> Bool {
    guard let pair = pairs(value).first else { return false }
    if name(of: pair).isEmpty { return nameless(pair).starts(with: "__Host-gatehouse".utf8) }
    return isOwn(name(of: pair))
}
