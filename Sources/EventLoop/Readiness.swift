import CLinux

/// What a descriptor is ready for, or what one asks to be told: the bits of epoll(7).
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    static let readable = Readiness(rawValue: linux_readable)
    static let writable = Readiness(rawValue: linux_writable)
    /// An error is pending; the next read or write tells which.
    static let error = Readiness(rawValue: linux_error)
    /// Both directions are closed.
    static let hangUp = Readiness(rawValue: linux_hang_up)
    /// The other side has closed its writing direction.
    static let readHangUp = Readiness(rawValue: linux_read_hang_up)
    /// Tell of changes only.
    static let edgeTriggered = Readiness(rawValue: linux_edge_triggered)
    /// Tell once, then be silent until asked again.
    static let oneShot = Readiness(rawValue: linux_one_shot)

    /// What ends a wait for reading: a failed or finished stream is read to learn so.
    static let endsReading: Readiness = [.readable, .error, .hangUp, .readHangUp]
    /// What ends a wait for writing.
    static let endsWriting: Readiness = [.writable, .error, .hangUp]
    /// What is left to learn by reading, and will not be told a second time.
    static let finished: Readiness = [.error, .hangUp, .readHangUp]
    /// What leaves nothing to be said in either direction.
    static let broken: Readiness = [.error, .hangUp]
}

/// One thing that epoll tells: the registration that it is about and what happened.
package struct ReadinessEvent: Sendable {
    let number: RegistrationNumber
    let readiness: Readiness
}

/// The name of one registration, never given twice: a slot of the loop's table, and how often that slot was used.
///
/// It travels through the kernel with every event. A descriptor's number is reused at once after a close(2); this is
/// not, so an event that was already under way is recognised as late.
package struct RegistrationNumber: Hashable, Sendable {
    let rawValue: UInt64

    init(rawValue: UInt64) { self.rawValue = rawValue }
    init(slot: Int, generation: UInt32) {
        rawValue = UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: slot))
    }

    var slot: Int { Int(rawValue & 0xFFFF_FFFF) }
    var generation: UInt32 { UInt32(rawValue >> 32) }

    /// The loop's own eventfd.
    static let wakeUp = RegistrationNumber(rawValue: .max)
}
