/// The HTTP/2 connections whose frames leave once everything that is ready now has run.
///
/// Frames of many streams gather until then, and leave with one system call a connection; one task sees to all
/// connections, one after the other. Belongs to a worker.
final class FrameRound {
    @safe @exclusivity(unchecked) private var due: [HTTP2Connection] = []
    @safe @exclusivity(unchecked) private var present: [HTTP2Connection] = []
    private let tasks: ParkedTasks

    init(tasks: ParkedTasks) { self.tasks = tasks }

    /// Has the frames of `connection` sent in the next round.
    func add(_ connection: HTTP2Connection) {
        due.append(connection)
        if due.count == 1 { tasks.start(.frameRound(self)) }
    }

    /// One round. Whoever is added meanwhile has the next one.
    func run() {
        swap(&due, &present)
        for connection in present { connection.sendDue() }
        present.removeAll(keepingCapacity: true)
    }
}
