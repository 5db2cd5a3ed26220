import CLinux
import Glibc

/// The memory of this process: how the allocator treats it, how much is in use, and how much there may be.
package enum ProcessMemory {
    /// Keeps up to 64 MiB of freed memory at hand instead of returning it to the kernel. Call once, first thing.
    ///
    /// Record buffers of 16 KiB come and go with each request; without this, the top of the heap moves up and down
    /// with them, a system call and page faults each time.
    package static func keepFreedBlocks() { linux_set_trim_threshold(64 << 20) }

    /// How many bytes the allocator has given out and not taken back. What it keeps at hand is not among them, so the
    /// number falls as soon as something is let go of. Asks every heap: not for the request path.
    package static var allocatedBytes: UInt64 { UInt64(clamping: linux_allocated_bytes()) }

    /// How many bytes of memory the kernel counts for the process, with what the allocator keeps at hand. Unknown is
    /// very many.
    package static var residentBytes: UInt64 {
        residentPages.map { bytes(ofPages: $0.all) } ?? .max
    }

    private static func bytes(ofPages pages: UInt64) -> UInt64 {
        let (bytes, overflow) = pages.multipliedReportingOverflow(by: UInt64(clamping: sysconf(Int32(_SC_PAGESIZE))))
        return overflow ? .max : bytes
    }

    /// How many pages are resident, and how many of them are parts of files, such as the program (proc(5)).
    private static var residentPages: (all: UInt64, ofFiles: UInt64)? {
        let numbers = firstLines(of: "/proc/self/statm", count: 1).first?.split(separator: " ").map { UInt64($0) }
        guard let numbers, numbers.count > 2, let all = numbers[1], let files = numbers[2] else { return nil }
        return (all, min(files, all))
    }

    /// Returns to the kernel what the allocator keeps at hand, if that is much: more than 64 MiB, and more than half of what
    /// is in use. Whether it was.
    ///
    /// The allocator itself returns only what is free at the end of a heap, and one piece that is still in use there keeps
    /// all below it, whatever a busy hour has left. Goes through every heap, and holds up who allocates there meanwhile:
    /// for every now and then, on no loop's thread.
    @discardableResult
    package static func giveBackSurplus() -> Bool {
        guard let pages = residentPages else { return false }
        let (own, allocated) = (bytes(ofPages: pages.all - pages.ofFiles), allocatedBytes)
        guard isSurplusLarge(own: own, allocated: allocated) else { return false }
        linux_trim_heaps()
        return true
    }

    /// Whether so much memory of our own, of which so much is in use, is worth the trouble of returning some.
    static func isSurplusLarge(own: UInt64, allocated: UInt64) -> Bool {
        own > allocated && own - allocated > max(surplusMax, allocated / 2)
    }

    private static let surplusMax: UInt64 = 64 << 20

    /// How many bytes the process may have: what its control group allows, or what the machine has, if that is less.
    package static var bytesMax: UInt64 {
        let pages = UInt64(clamping: sysconf(Int32(_SC_PHYS_PAGES)))
        let page = UInt64(clamping: sysconf(Int32(_SC_PAGESIZE)))
        let (machine, overflow) = pages.multipliedReportingOverflow(by: page)
        let groups = firstLines(of: "/proc/self/cgroup", count: 64).compactMap(groupLimit)
        return groups.reduce(overflow || machine == 0 ? .max : machine, min)
    }

    /// The limit of a control group, by its line in `/proc/self/cgroup` (cgroups(7)): `0::/path` for version 2,
    /// `4:memory:/path` for version 1. Inside a container the path may be that of the host, and the limit stands at the
    /// root.
    private static func groupLimit(_ line: String) -> UInt64? {
        let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let (root, file): (String, String)
        if parts[1].isEmpty {
            (root, file) = ("/sys/fs/cgroup", "memory.max")
        } else if parts[1].split(separator: ",").contains("memory") {
            (root, file) = ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        } else {
            return nil
        }
        let limits = [root + String(parts[2]), root].flatMap { firstLines(of: "\($0)/\(file)", count: 1) }
        return limits.compactMap { UInt64($0) }.min()
    }

    /// The first lines of a small file of the system's; none when it cannot be read.
    private static func firstLines(of path: String, count: Int) -> [String] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let received = unsafe read(descriptor, &bytes, bytes.count)
        guard received > 0 else { return [] }
        return String(decoding: bytes[..<received], as: UTF8.self).split(separator: "\n").prefix(count).map(String.init)
    }
}
