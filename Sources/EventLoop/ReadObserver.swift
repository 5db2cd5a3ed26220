/// How a wait ended.
package enum WaitEnd: Sendable { case ready, timedOut, cancelled }

/// Whoever waits to read without a task.
///
/// For waits of which there is one with every request: to suspend a task and resume it takes longer than to look at what
/// has come. What goes on for long, or waits more than once, is better told by a task.
package protocol ReadObserver: AnyObject {
    /// The wait has ended. The loop says so between its jobs, to be answered at once: all is allowed but to block.
    func readWaitEnded(_ end: WaitEnd)
}
