import EventLoop

/// Requests that wait for a place at an endpoint, the one that came first served first.
///
/// A place that comes free is handed over, not thrown among those who wait: who comes later finds none.
struct WaitingLine {
    final class Ticket {
        fileprivate let bell: Doorbell
        fileprivate(set) var isGranted = false
        /// Whether nobody in line gets a place any more.
        fileprivate(set) var isDismissed = false

        fileprivate init(_ bell: Doorbell) { self.bell = bell }
    }

    private var tickets: [Ticket] = []
    private var first = 0

    var count: Int { tickets.count - first }

    mutating func enter(on loop: EventLoop) -> Ticket {
        let ticket = Ticket(Doorbell(loop: loop))
        tickets.append(ticket)
        return ticket
    }

    /// Hands a place to the first in line; false when nobody waits.
    mutating func grantNext() -> Bool {
        guard first < tickets.count else { return false }
        let ticket = tickets[first]
        first += 1
        if first == tickets.count || first > 256 {
            tickets.removeFirst(first)
            first = 0
        }
        ticket.isGranted = true
        ticket.bell.ring()
        return true
    }

    /// Takes back a ticket that waited in vain.
    mutating func leave(_ ticket: Ticket) {
        if let place = tickets[first...].firstIndex(where: { $0 === ticket }) { tickets.remove(at: place) }
    }

    /// Sends everybody away without a place.
    mutating func dismiss() {
        for ticket in tickets[first...] {
            ticket.isDismissed = true
            ticket.bell.ring()
        }
        tickets.removeAll()
        first = 0
    }
}

extension WaitingLine.Ticket {
    /// Waits for the place, until `deadline` at most. Whether it was granted.
    func wait(until deadline: MonotonicInstant) async -> Bool {
        await bell.wait(until: deadline)
        return isGranted
    }
}
