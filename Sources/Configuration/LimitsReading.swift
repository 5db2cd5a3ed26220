/// Reads `limits`.
struct LimitsReading {
    let diagnostics: Diagnostics
    let folder: String

    /// What the section says.
    struct Limits {
        var client = ClientLimits()
        var timeouts = ClientTimeouts()
        var drain = Duration.seconds(30)
        /// The longest body where a route says nothing; nil is any.
        var bodyBytesMax: UInt64? = 10 * 1024 * 1024
    }

    func read(_ node: Node?) -> Limits {
        var limits = Limits()
        guard let map = node.flatMap({ MapReader($0, .limits, diagnostics, folder: folder) }) else { return limits }
        if let value = map.bytes("body") { limits.bodyBytesMax = value }
        if let value = map.duration("drain", atLeast: .zero) { limits.drain = value }
        read(map, into: &limits.client)
        read(map, into: &limits.timeouts)
        return limits
    }

    private func read(_ map: MapReader, into limits: inout ClientLimits) {
        if !map.says("auto", for: "connections"), let value = map.integer("connections", 1...10_000_000) {
            limits.connectionsMax = value
        }
        if !map.says("auto", for: "connections_per_address"),
            let value = map.integer("connections_per_address", 1...10_000_000)
        {
            limits.connectionsPerAddressMax = value
        }
        if !map.says("auto", for: "memory"), let value = map.bytes("memory", (64 << 20)...(1 << 50)) {
            limits.memoryBytesMax = value
        }
        if let value = map.bytes("head", 1024...(1 << 20)) { limits.headBytesMax = Int(value) }
        if let value = map.integer("fields", 10...10_000) { limits.fieldCountMax = value }
        if let value = map.bytes("target", 128...(1 << 20)) { limits.targetBytesMax = Int(value) }
        if limits.targetBytesMax > limits.headBytesMax, let node = map["target"] ?? map["head"] {
            diagnostics.error(
                node, "a target of \(limits.targetBytesMax) bytes in a head of \(limits.headBytesMax)",
                fix: "the target is part of the head: make head at least as large")
        }
    }

    private func read(_ map: MapReader, into timeouts: inout ClientTimeouts) {
        if let value = map.duration("handshake_deadline") { timeouts.handshake = value }
        if let value = map.duration("head_deadline") { timeouts.head = value }
        if !map.says("unlimited", for: "body_deadline"), let value = map.duration("body_deadline") {
            timeouts.body = value
        }
        if let value = map.duration("body_idle") { timeouts.bodyIdle = value }
        if let value = map.bytes("body_rate", 1...(1 << 30)) { timeouts.bodyBytesPerSecondMin = Int(value) }
        if let value = map.duration("answer_idle") { timeouts.answerIdle = value }
        if let value = map.bytes("answer_rate", 1...(1 << 30)) { timeouts.answerBytesPerSecondMin = Int(value) }
        if let value = map.duration("keep_alive_idle") { timeouts.keepAliveIdle = value }
    }
}
