import HTTPMessage
import Policy

/// The protocol that a request offers to switch to, and that its route allows (RFC 9110, section 7.8).
struct UpgradeOffer {
    /// As the route spells it.
    let name: [UInt8]
    /// What the server of a WebSocket must answer; nil for other protocols.
    let webSocketAccept: [UInt8]?
    /// The key that the gateway asks with in the client's place: over HTTP/2 there is none (RFC 8441, section 5).
    var webSocketKey: [UInt8]?

    /// What comes of an offer.
    enum Judgement {
        /// The request is served as if it offered nothing, which any server may do.
        case ignored
        case accepted(UpgradeOffer)
        case refused(RequestRefusal)
    }

    var isWebSocket: Bool { webSocketAccept != nil }

    /// Whether the gateway passes on what `request` offers. To be asked of requests that offer something.
    ///
    /// Only the protocol is ever passed on, never the client's own Upgrade and Connection fields; `h2c` is among what
    /// is offered: nothing at all, since requests would then pass the gateway unseen (CVE-2026-73548).
    static func judge(_ request: RequestHead, _ route: Route, isEncrypted: Bool) -> Judgement {
        if !request.connectProtocol.isEmpty { return judgeStream(request, route, isEncrypted: isEncrypted) }
        guard !request.offersH2C, request.version == .http11,
            request.framing == .none || request.framing == .length(0),
            let name = firstAllowed(request.fields, route.upgrades)
        else { return .ignored }
        guard name == WebSocketHandshake.protocolName else {
            return .accepted(UpgradeOffer(name: name, webSocketAccept: nil))
        }
        guard request.method == .get else { return .ignored }
        let fields = request.fields
        guard WebSocketOrigin.isAllowed(fields, host: request.authority, route.origins, isEncrypted: isEncrypted) else {
            return .refused(.foreignOrigin)
        }
        guard let version = WebSocketHandshake.onlyValue(of: "sec-websocket-version", in: fields),
            version == [UInt8(ascii: "1"), UInt8(ascii: "3")],
            let key = WebSocketHandshake.onlyValue(of: "sec-websocket-key", in: fields),
            WebSocketHandshake.isKey(key.span)
        else { return .refused(.malformedHandshake) }
        return .accepted(UpgradeOffer(name: name, webSocketAccept: WebSocketHandshake.accept(for: key.span)))
    }

    /// The same for a stream that is asked for by an extended CONNECT (RFC 8441). It cannot be ignored: whatever answers
    /// with 2xx has opened a tunnel. Other protocols than WebSocket have other rules over HTTP/2.
    private static func judgeStream(_ request: RequestHead, _ route: Route, isEncrypted: Bool) -> Judgement {
        let name = WebSocketHandshake.protocolName
        guard request.connectProtocol == name, route.upgrades.contains(name) else {
            return .refused(.protocolNotServed)
        }
        let fields = request.fields
        guard WebSocketOrigin.isAllowed(fields, host: request.authority, route.origins, isEncrypted: isEncrypted) else {
            return .refused(.foreignOrigin)
        }
        guard WebSocketHandshake.onlyValue(of: "sec-websocket-version", in: fields) == Array("13".utf8) else {
            return .refused(.malformedHandshake)
        }
        let key = WebSocketHandshake.newKey()
        return .accepted(
            UpgradeOffer(name: name, webSocketAccept: WebSocketHandshake.accept(for: key.span), webSocketKey: key))
    }

    /// The first of the offered protocols, in the client's order, that is among the allowed ones.
    private static func firstAllowed(_ fields: FieldBlock, _ allowed: [[UInt8]]) -> [UInt8]? {
        var next = fields.first(.upgrade)
        while let index = next {
            let value = fields.value(index)
            var position = 0
            while let product = value.nextListElement(&position) {
                for name in allowed where product.isEqualIgnoringCase(to: name.span) { return name }
            }
            next = fields.first(.upgrade, from: index + 1)
        }
        return nil
    }

    /// Whether an answer with status 101 switches to this protocol, and to no other.
    func isAccepted(by response: ResponseHead) -> Bool {
        let fields = response.fields
        guard fields.count(of: .upgrade) == 1, let index = fields.first(.upgrade),
            fields.value(index).isEqualIgnoringCase(to: name.span), Self.connectionNamesUpgrade(fields)
        else { return false }
        guard let webSocketAccept else { return true }
        return WebSocketHandshake.onlyValue(of: "sec-websocket-accept", in: fields) == webSocketAccept
    }

    private static func connectionNamesUpgrade(_ fields: FieldBlock) -> Bool {
        var next = fields.first(.connection)
        while let index = next {
            let value = fields.value(index)
            var position = 0
            while let option = value.nextListElement(&position) {
                if option.isEqualIgnoringCase(to: "upgrade") { return true }
            }
            next = fields.first(.connection, from: index + 1)
        }
        return false
    }

    /// Appends the fields that offer the protocol, or accept it.
    func appendFields(to output: inout ByteBuffer) {
        output.append("Connection: Upgrade\r\nUpgrade: ")
        output.append(name.span)
        output.append("\r\n")
        guard let webSocketKey else { return }
        output.append("Sec-WebSocket-Key: ")
        output.append(webSocketKey.span)
        output.append("\r\n")
    }
}

extension RequestRefusal {
    static let foreignOrigin = RequestRefusal(
        status: 403, code: "origin_refused", detail: "A page of another site may not open a WebSocket here.")
    static let malformedHandshake = RequestRefusal(
        status: 400, code: "bad_websocket_handshake",
        detail: "The request offers a WebSocket without a key of 16 bytes and version 13 (RFC 6455).")
    static let protocolNotServed = RequestRefusal(
        status: 501, code: "protocol_not_served", detail: "There is no such protocol at this address.")
}
