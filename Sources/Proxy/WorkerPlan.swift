import Assertion
import EventLoop
import Identity
import Telemetry

/// What a worker is made of.
struct WorkerPlan: Sendable {
    let loop: EventLoop
    /// Makes pages for the worker's clients.
    let pageLoop: EventLoop
    let deployment: DeploymentPlan
    let sessions: SessionDirectory.Settings
    let budget: ConnectionBudget
    let lookup: any SessionLookup
    let storeLog: StoreLog
    let listenerLog: ListenerLog
    let assertions: AssertionIssuer
    let responder: any LocalResponder
    let operations: OperationsSource
    let recordUses: @Sendable ([SessionUse]) async -> Void
    let rotate: @Sendable (_ token: String, _ host: String) async -> RotatedCookie?
    let logWriter: LogWriter?
    let clock: any WallClock
    /// How many bytes of requests are kept to send them again.
    let keptRequestBytesMax: Int
}
