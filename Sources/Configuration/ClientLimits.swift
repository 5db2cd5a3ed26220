/// How many clients there may be, and how large what they send.
package struct ClientLimits: Sendable, Hashable {
    /// Open connections of clients; nil is as many as the process may have descriptors for.
    package var connectionsMax: Int?
    /// Open connections of one address, where a /64 of IPv6 is one; nil is any number, as long as there are enough for
    /// others.
    package var connectionsPerAddressMax: Int?
    /// The memory of the process; nil is what the machine has, or its control group allows.
    package var memoryBytesMax: UInt64?
    package var headBytesMax = 64 * 1024
    /// Each cookie counts as a field.
    package var fieldCountMax = 100
    package var targetBytesMax = 8 * 1024

    package init() {}
}

/// How long a client may take, and how slow it may be.
package struct ClientTimeouts: Sendable, Hashable {
    package var handshake = Duration.seconds(10)
    package var head = Duration.seconds(10)
    /// The whole body; nil is as long as it keeps up with `bodyBytesPerSecondMin`.
    package var body: Duration?
    package var bodyIdle = Duration.seconds(15)
    package var bodyBytesPerSecondMin = 240
    package var answerIdle = Duration.seconds(60)
    package var answerBytesPerSecondMin = 240
    package var keepAliveIdle = Duration.seconds(75)

    package init() {}
}
