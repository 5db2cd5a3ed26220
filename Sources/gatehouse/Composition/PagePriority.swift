import Glibc

/// The priority of the threads that make pages: whose request needs no page goes first.
///
/// Workers run on threads of their own; pages are made on those of Swift's global pool. Where cores are few, a flood of
/// sign-ins had requests of signed-in people wait behind pages (`Tests/Bench/login_flood.py`).
enum PagePriority {
    private static let niceness: Int32 = 10

    /// Lowers the priority of the calling thread of the pool, for good (on Linux, nice(2) is a matter of single threads).
    /// One system call; whoever makes a page calls it, since nobody knows which threads the pool has.
    static func take() {
        // Nobody needs a privilege to be nicer, so this cannot fail; if it did, all would only be as fast as before.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
    }
}
