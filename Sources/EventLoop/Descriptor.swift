import Glibc

/// An open file descriptor and the duty to close it, which cannot be copied: so it is closed once, and never forgotten.
package struct Descriptor: ~Copyable, Sendable {
    /// The number, lent for a system call. Nobody else closes it.
    package let raw: Int32

    /// Takes over the duty to close `raw`.
    package init(owning raw: Int32) { self.raw = raw }

    /// Hands the number over to somebody who closes it instead.
    package consuming func take() -> Int32 {
        let raw = raw
        discard self
        return raw
    }

    deinit {
        // Linux frees the number whatever close(2) answers, so there is nothing to repeat (man 2 close).
        _ = Glibc.close(raw)
    }
}
