import EventLoop
import HTTP1
import HTTPMessage

/// Sends answers of the gateway's own.
extension Conversation {
    /// Sends `response` and says what becomes of the connection.
    ///
    /// The connection stays open only if the request's body is over: the bytes of a body that nobody wanted are never
    /// taken for a request (CVE-2025-4366, CVE-2022-22720).
    func send(
        _ response: LocalResponse, _ exchange: Exchange, bodyless: Bool, mayKeep: Bool
    ) async -> Ending {
        let keeps = mayKeep && pump == nil && !state.isDraining && exchange.request.keepAlive && finishBody(exchange)
        exchange.record.status = response.status
        exchange.output.clear()
        switch channel {
        case .http1: appendHead(response, exchange, keeps: keeps)
        case .http2(let channel): channel.draftHead(of: response, rate: exchange.rate, for: client)
        }
        if !bodyless, response.status != 204, response.status != 304 { exchange.output.append(response.body.span) }
        do throws(IOError) { try await flush(exchange, ends: true) } catch { return .abort }
        exchange.record.bodyBytesSent = bodyless ? 0 : UInt64(response.body.count)
        return keeps ? .next : .close
    }

    private func appendHead(_ response: LocalResponse, _ exchange: Exchange, keeps: Bool) {
        HTTP1Serializer.appendStatusLine(response.status, to: &exchange.output)
        exchange.output.append(state.clock.dateLine.span)
        exchange.output.append(bytes: client.strictTransportLine)
        exchange.rate?.appendFields(to: &exchange.output)
        for (name, value) in response.fields where LocalFields.isSound(name, value) {
            exchange.output.append(name)
            exchange.output.append(": ")
            exchange.output.append(value)
            exchange.output.append("\r\n")
        }
        if !response.saysCaching { exchange.output.append("Cache-Control: no-store\r\n") }
        if response.saysLength {
            exchange.output.append("Content-Length: ")
            exchange.output.append(decimal: response.body.count)
            exchange.output.append("\r\n")
        }
        appendConnectionField(exchange, keeps: keeps)
        exchange.output.append("\r\n")
    }

    /// Says in the head of an answer what becomes of the connection (RFC 9112, section 9.3).
    func appendConnectionField(_ exchange: Exchange, keeps: Bool) {
        if !keeps {
            exchange.output.append("Connection: close\r\n")
        } else if exchange.request.version == .http10 {
            exchange.output.append("Connection: keep-alive\r\n")
        }
    }

    /// Whether the request's body is over, once what came with its head has been passed over.
    func finishBody(_ exchange: Exchange) -> Bool {
        if exchange.request.expectsContinue, !exchange.requestBody.isComplete { return false }
        do throws(ChunkError) {
            while true {
                switch try exchange.requestBody.step(&exchange.input) {
                case .data(let count): exchange.input.consume(count)
                case .complete: return true
                case .needMore: return false
                }
            }
        } catch {
            return false
        }
    }

    /// Refuses with a problem document that needs no more than a code and a sentence.
    func deny(_ exchange: Exchange, _ status: Int, _ code: String, _ detail: String) async -> Ending {
        exchange.record.code = code
        let status = exchange.inquiry?.status(ofRefusal: status) ?? status
        let problem = ProblemDocument(
            status: status, code: code, detail: detail, requestID: exchange.record.id.description)
        return await send(
            problem.response(to: exchange), exchange, bodyless: exchange.request.method == .head, mayKeep: status != 400
        )
    }
}

extension LocalResponse {
    /// Whether it says itself who may keep it.
    var saysCaching: Bool { fields.contains { $0.name.utf8.span.isEqualIgnoringCase(to: "cache-control") } }

    /// Whether the length of its body is told.
    var saysLength: Bool { status != 204 && status != 304 && status >= 200 && !isTrailersOnly }
}

/// The fields of pages.
enum LocalFields {
    /// Whether a field of a page may be sent: nothing in it can end the line, and it is none of those that frame the
    /// message, which are ours to write.
    static func isSound(_ name: String, _ value: String) -> Bool {
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }) else {
            return false
        }
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { return false }
        switch name.lowercased() {
        case "content-length", "transfer-encoding", "connection", "date", "keep-alive", "upgrade": return false
        default: return true
        }
    }
}
