/// What one Argon2id hash costs (RFC 9106, section 3.1).
package struct Argon2Parameters: Sendable, Hashable {
    /// Memory in KiB: the `m` of a PHC string.
    package let memoryKiB: UInt32
    /// Passes over the memory: the `t` of a PHC string.
    package let passes: UInt32
    /// Independent lanes of memory: the `p` of a PHC string. They are filled by one thread, one after another: the
    /// result is the same, and one sign-in never takes more than one core.
    package let lanes: UInt32

    /// 64 MiB, three passes, four lanes: the second recommended choice of RFC 9106, section 4.
    package static let standard = Argon2Parameters(memoryKiB: 65_536, passes: 3, lanes: 4)

    package init(memoryKiB: UInt32, passes: UInt32, lanes: UInt32) {
        precondition(lanes >= 1 && passes >= 1, "Argon2 needs a pass and a lane (RFC 9106, section 3.1)")
        precondition(memoryKiB / 8 >= lanes, "Argon2 needs 8 KiB a lane (RFC 9106, section 3.1)")
        self.memoryKiB = memoryKiB
        self.passes = passes
        self.lanes = lanes
    }

    /// How many KiB one hash writes in all: what its time is proportional to.
    package var work: UInt64 { UInt64(memoryKiB) * UInt64(passes) }
}

/// The most that a stored hash may ask for before it is refused unread.
///
/// A hash comes from the database, and some day from an import: whoever can write one must not be able to make a
/// sign-in allocate a terabyte or run for a year.
package struct Argon2Limits: Sendable, Hashable {
    package var memoryKiBMax: UInt32
    package var passesMax: UInt32
    package var lanesMax: UInt32
    package var saltBytes: ClosedRange<Int>
    package var tagBytes: ClosedRange<Int>
    package var textBytesMax: Int

    /// The memory of the standard parameters, and the width of `users.password_hash`.
    package static let standard = Argon2Limits(
        memoryKiBMax: 65_536, passesMax: 10, lanesMax: 16, saltBytes: 8...64, tagBytes: 16...64, textBytesMax: 255)

    package init(
        memoryKiBMax: UInt32, passesMax: UInt32, lanesMax: UInt32, saltBytes: ClosedRange<Int>,
        tagBytes: ClosedRange<Int>, textBytesMax: Int
    ) {
        self.memoryKiBMax = memoryKiBMax
        self.passesMax = passesMax
        self.lanesMax = lanesMax
        self.saltBytes = saltBytes
        self.tagBytes = tagBytes
        self.textBytesMax = textBytesMax
    }

    /// These limits, widened where `parameters` themselves ask for more.
    func admitting(_ parameters: Argon2Parameters) -> Argon2Limits {
        var limits = self
        limits.memoryKiBMax = max(memoryKiBMax, parameters.memoryKiB)
        limits.passesMax = max(passesMax, parameters.passes)
        limits.lanesMax = max(lanesMax, parameters.lanes)
        return limits
    }
}
