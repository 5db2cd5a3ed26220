/// The deadlines of a loop, the earliest on top: a binary heap.
///
/// An entry is never removed before its time; whoever finds it decides what it still means. So moving a deadline
/// further away, which happens several times a request, touches no heap at all (`Registration.arm`).
struct DeadlineHeap {
    /// Who is told when the time comes.
    enum Target {
        case registration(RegistrationNumber)
        case sleeper(UInt64)
        case doorbell(UInt64)
    }

    struct Entry {
        let instant: MonotonicInstant
        let target: Target
    }

    private var entries: [Entry] = []

    var count: Int { entries.count }

    /// When the next entry is due.
    var earliest: MonotonicInstant? { entries.first?.instant }

    mutating func insert(_ instant: MonotonicInstant, _ target: Target) {
        entries.append(Entry(instant: instant, target: target))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].instant < entries[parent].instant else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the earliest entry out if it is due.
    mutating func popDue(at now: MonotonicInstant) -> Entry? {
        guard let first = entries.first, first.instant <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            sink()
        }
        return first
    }

    /// Moves the top entry down to where it belongs.
    private mutating func sink() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < entries.count else { return }
            let right = left + 1
            let child = right < entries.count && entries[right].instant < entries[left].instant ? right : left
            guard entries[child].instant < entries[parent].instant else { return }
            entries.swapAt(child, parent)
            parent = child
        }
    }
}
