import CLinux

/// How the process' allocator treats memory that is given back.
package enum ProcessMemory {
    /// Keeps up to 64 MiB of freed memory at hand instead of returning it to the kernel. Call once, first thing.
    ///
    /// Record buffers of 16 KiB come and go with each request; without this, the top of the heap moves up and down
    /// with them, a system call and page faults each time.
    package static func keepFreedBlocks() { linux_set_trim_threshold(64 << 20) }
}
