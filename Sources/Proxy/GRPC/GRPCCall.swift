import EventLoop
import HTTPMessage

/// A call of gRPC on its way to an application: when its client gives it up, and when something last moved.
///
/// A stream of messages may rest for long, one way or both, so it is not held to the pace of a body (`Pace`). Like a
/// tunnel it is idle when neither side has sent anything for the upstream's `timeouts.idle`.
struct GRPCCall {
    /// When the client gives it up (`grpc-timeout`); `distantFuture` when it does not say.
    let deadline: MonotonicInstant
    private var movedAt: MonotonicInstant

    init(_ request: RequestHead, startedAt: MonotonicInstant, now: MonotonicInstant) {
        deadline = request.grpcTimeout.map { startedAt + $0 } ?? .distantFuture
        movedAt = now
    }

    /// Something came from either side.
    mutating func moved(now: MonotonicInstant) { movedAt = now }

    /// Why it is over, if its client waits no longer: nobody else is to blame for that.
    func failure(now: MonotonicInstant) -> UpstreamError? { deadline <= now ? .deadlinePassed : nil }

    /// When it is over, if nothing moves for so long until then.
    func end(after silence: Duration) -> MonotonicInstant { min(deadline, movedAt + silence) }
    func end(after silence: Nanoseconds) -> MonotonicInstant { min(deadline, movedAt + silence) }
}

extension RequestHead {
    /// Whether this is a call of gRPC: a POST over HTTP/2 whose content is `application/grpc`, alone or with what the
    /// messages are (`+proto`). `application/grpc-web` is another protocol, an ordinary one.
    var callsGRPC: Bool {
        guard version == .http2, method == .post else { return false }
        let fields = fields
        guard let index = fields.first(.contentType) else { return false }
        let value = fields.value(index)
        let name: StaticString = "application/grpc"
        let count = name.utf8CodeUnitCount
        guard value.count >= count, value.extracting(..<count).isEqualIgnoringCase(to: name) else { return false }
        return value.count == count || value[count] == UInt8(ascii: "+") || value[count] == UInt8(ascii: ";")
    }

    /// How long the client waits for all of a call; nil when it does not say, or not as the protocol has it: at most
    /// eight digits and a unit.
    var grpcTimeout: Duration? {
        let fields = fields
        for index in 0..<fields.count where fields.name(index).isEqualIgnoringCase(to: "grpc-timeout") {
            return Duration(grpcTimeout: fields.value(index))
        }
        return nil
    }
}

extension Duration {
    init?(grpcTimeout value: Span<UInt8>) {
        guard (2...9).contains(value.count) else { return nil }
        var number: Int64 = 0
        for index in 0..<(value.count - 1) {
            guard ByteClass.isDigit(value[index]) else { return nil }
            number = number * 10 + Int64(value[index] - UInt8(ascii: "0"))
        }
        switch value[value.count - 1] {
        case UInt8(ascii: "H"): self = .seconds(number * 3600)
        case UInt8(ascii: "M"): self = .seconds(number * 60)
        case UInt8(ascii: "S"): self = .seconds(number)
        case UInt8(ascii: "m"): self = .milliseconds(number)
        case UInt8(ascii: "u"): self = .microseconds(number)
        case UInt8(ascii: "n"): self = .nanoseconds(number)
        default: return nil
        }
    }
}
