import HTTP1
import HTTPMessage
import Identity
import Policy

/// Writes the head of a request as the upstream gets it.
///
/// What the client sent is copied, except what is meant for one hop only, what is the gateway's own, and every field by
/// which a client could claim to be somebody or to ask for something else than what was decided on. What the gateway
/// says comes last, and nothing the client sent stands under those names, on public routes too.
///
/// Holds nothing, and hands on what it was given: whatever holds an object counts its references.
enum UpstreamRequestWriter {
    /// Appends the head, identity lines and the final empty line included.
    ///
    /// Takes the permit: without one there is nothing to write. Not inlined, since what a call merely lends is counted up
    /// and down where its body stands in the caller's: six objects a request.
    @inline(never)
    static func append(
        _ exchange: Exchange, _ request: RequestHead, for permit: Permit, _ session: CachedSession?,
        offering upgrade: UpgradeOffer?, of client: Client, _ deployment: Deployment, to output: inout ByteBuffer
    ) {
        let nominated = ConnectionOptions(request.fields)
        output.append(request.methodSpan)
        output.append(" ")
        output.append(pathOf: exchange.scratch)
        if let query = request.query {
            output.append("?")
            output.append(query)
        }
        output.append(" HTTP/1.1\r\nHost: ")
        output.append(request.authority)
        output.append("\r\n")
        appendFields(
            request.fields, nominated, asksItself: upgrade?.webSocketKey != nil, of: client, deployment, to: &output)
        appendForwarding(request, exchange.record.id, of: client, deployment, to: &output)
        appendTrace(request.fields, exchange.record.id, to: &output)
        if let session { appendIdentity(permit, session, client.state, deployment, to: &output) }
        switch request.framing {
        case .none: break
        case .length(let length):
            output.append("Content-Length: ")
            output.append(decimal: length)
            output.append("\r\n")
        case .chunked: output.append("Transfer-Encoding: chunked\r\n")
        }
        upgrade?.appendFields(to: &output)
        output.append("\r\n")
    }

    /// - Parameter asksItself: whether the gateway begins a WebSocket's handshake by itself, with a key of its own.
    private static func appendFields(
        _ fields: FieldBlock, _ nominated: ConnectionOptions, asksItself: Bool, of client: Client,
        _ deployment: Deployment, to output: inout ByteBuffer
    ) {
        for index in 0..<fields.count {
            switch fields.known(index) {
            case .cookie:
                if client.lastToken.appendForeignCookies(of: fields.value(index), to: &output) { continue }
                Credentials.appendForeignCookies(of: fields.value(index), to: &output)
                continue
            case .authorization:
                // Another's Authorization is the application's, unless it is told by it who asks.
                if Credentials.ownBearerToken(fields.value(index)) != nil || deployment.claims.contain(fields, index) {
                    continue
                }
            case .host, .contentLength, .expect, .traceparent:
                continue
            default:
                if isHopByHop(fields, index) || deployment.claims.contain(fields, index) { continue }
            }
            if !nominated.isEmpty, nominated.contains(fields.name(index)) { continue }
            if asksItself, fields.name(index).isEqualIgnoringCase(to: "sec-websocket-key") { continue }
            fields.copy(index, to: &output)
        }
    }

    /// `X-Forwarded-*` and `X-Request-Id`: the gateway's own words, with a trusted proxy's before them.
    private static func appendForwarding(
        _ request: RequestHead, _ id: RequestID, of client: Client, _ deployment: Deployment,
        to output: inout ByteBuffer
    ) {
        let fields = request.fields
        let isTrusted = !deployment.trustedProxies.isEmpty && deployment.trustedProxies.contains(client.peer)
        output.append("X-Forwarded-For: ")
        if isTrusted {
            for index in 0..<fields.count where fields.known(index) == .xForwardedFor {
                output.append(fields.value(index))
                output.append(", ")
            }
        }
        output.append(bytes: client.peerText)
        output.append("\r\nX-Forwarded-Proto: ")
        if isTrusted, let index = fields.first(.xForwardedProto) {
            output.append(fields.value(index))
        } else {
            output.append(bytes: client.service.schemeBytes)
        }
        output.append("\r\nX-Forwarded-Host: ")
        if isTrusted, let index = fields.first(.xForwardedHost) {
            output.append(fields.value(index))
        } else {
            output.append(request.authority)
        }
        output.append("\r\nX-Request-Id: ")
        output.append(hex: id.high, digits: 16)
        output.append(hex: id.low, digits: 16)
        output.append("\r\n")
    }

    /// `traceparent` as given when it is well-formed, else a new one (W3C Trace Context, section 3.2).
    private static func appendTrace(_ fields: FieldBlock, _ id: RequestID, to output: inout ByteBuffer) {
        output.append("traceparent: ")
        if let index = fields.first(.traceparent), TraceParent.isValid(fields.value(index)) {
            output.append(fields.value(index))
        } else {
            output.append("00-")
            output.append(hex: id.high, digits: 16)
            output.append(hex: id.low, digits: 16)
            output.append("-")
            output.append(hex: id.span, digits: 16)
            output.append("-00")
        }
        output.append("\r\n")
    }

    /// The identity lines: rendered once a session, route and plant, then copied. And the assertion, which is signed anew
    /// each minute.
    private static func appendIdentity(
        _ permit: Permit, _ session: CachedSession, _ state: WorkerState, _ deployment: Deployment,
        to output: inout ByteBuffer
    ) {
        session.appendIdentityLines(for: permit, deployment: deployment.number, to: &output)
        if let assertion = state.assertions.assertion(for: permit, of: session, deployment, at: state.clock.now) {
            output.append(bytes: assertion.line)
        }
    }

    // MARK: What is not passed on

    /// Whether a field concerns only the connection that it came over (RFC 9110, section 7.6.1).
    static func isHopByHop(_ fields: FieldBlock, _ index: Int) -> Bool {
        let known = fields.known(index)
        return known != .other && FieldName.isHopByHop(known)
    }
}

/// The fields that a message's `Connection` field names: they end at this hop (RFC 9110, section 7.6.1).
///
/// What the gateway adds is added after these are removed, so naming an identity field here removes nothing of ours
/// (CVE-2022-31813, CVE-2024-45410).
struct ConnectionOptions {
    private var names: [[UInt8]] = []

    init(_ fields: __shared FieldBlock) {
        guard let first = fields.first(.connection) else { return }
        for index in first..<fields.count where fields.known(index) == .connection {
            let value = fields.value(index)
            if value.isEqualIgnoringCase(to: "keep-alive") || value.isEqualIgnoringCase(to: "close") { continue }
            var start = 0
            while start < value.count {
                var end = start
                while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
                let name = value.extracting(start..<end).decoded.trimmingSpaces.lowercased()
                if !name.isEmpty { names.append(Array(name.utf8)) }
                start = end + 1
            }
        }
    }

    var isEmpty: Bool { names.isEmpty }

    func contains(_ name: Span<UInt8>) -> Bool {
        names.contains { name.isEqualIgnoringCase(to: $0.span) }
    }
}

/// The one header of W3C Trace Context that is passed on.
enum TraceParent {
    /// Whether the value is well-formed: version, trace id, parent id, flags; neither id all zero.
    static func isValid(_ value: Span<UInt8>) -> Bool {
        guard value.count == 55 else { return false }
        var traceIsZero = true
        var parentIsZero = true
        for index in value.indices {
            let byte = value[index]
            switch index {
            case 2, 35, 52: guard byte == UInt8(ascii: "-") else { return false }
            default:
                let isDigit = byte >= 0x30 && byte <= 0x39
                guard isDigit || byte >= 0x61 && byte <= 0x66 else { return false }
                if byte != 0x30 {
                    if index > 2, index < 35 { traceIsZero = false }
                    if index > 35, index < 52 { parentIsZero = false }
                }
            }
        }
        // Version ff is forbidden; later versions may be longer, but begin like this.
        let isForbidden = value[0] == UInt8(ascii: "f") && value[1] == UInt8(ascii: "f")
        return !traceIsZero && !parentIsZero && !isForbidden
    }
}
