import HTTPMessage

/// What a listener with `redirect: https` answers: the same place, over TLS.
extension Conversation {
    /// Sends the client to the same host and target over TLS, on the port of `accounts.public_url`: 301 for GET and
    /// HEAD, and 308 for methods that must stay what they are. The target is repeated as it was sent; whether it is
    /// served is decided where it arrives.
    func redirect(_ exchange: Exchange) async -> Ending {
        let request = exchange.request
        exchange.record.outcome = .local
        guard request.form == .origin || request.form == .absolute, !request.host.isEmpty,
            HostSyntax.isValid(request.host)
        else {
            return await deny(exchange, 400, "bad_host", "The request does not name the host that it is for.")
        }
        let port = state.deployment.publicPort.map { ":\($0)" } ?? ""
        let query = request.queryText.map { "?" + $0 } ?? ""
        let location = "https://\(request.host.decoded)\(port)\(request.path.decoded)\(query)"
        let isRepeatable = request.method == .get || request.method == .head
        return await send(
            LocalResponse(status: isRepeatable ? 301 : 308, fields: [("Location", location)]), exchange,
            bodyless: request.method == .head, mayKeep: true)
    }
}

/// The syntax of a host that may be repeated in a URL (RFC 3986, section 3.2.2).
enum HostSyntax {
    /// Whether the bytes are a DNS name, an IPv4 address or a bracketed IPv6 address, and nothing that a URL would read
    /// differently.
    static func isValid(_ host: Span<UInt8>) -> Bool {
        guard !host.isEmpty, host.count <= 255 else { return false }
        if host[0] == UInt8(ascii: "[") {
            guard host.count > 3, host[host.count - 1] == UInt8(ascii: "]") else { return false }
            for index in 1..<(host.count - 1) {
                switch host[index] {
                case 0x30...0x39, 0x41...0x46, 0x61...0x66, UInt8(ascii: ":"), UInt8(ascii: "."): continue
                default: return false
                }
            }
            return true
        }
        for index in host.indices {
            switch host[index] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                continue
            default: return false
            }
        }
        return true
    }
}
