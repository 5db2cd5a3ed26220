import Foundation
import Synchronization

@testable import Telemetry

/// A destination that does what it is told: some bytes a write, then errors, then well again.
final class FakeOutput: LogOutput {
    struct State: Sendable {
        var text: [UInt8] = []
        /// What became of the next writes; after them everything is written.
        var script: [LogOutputResult] = []
        var reopened = 0
        var canReopen = true
        var isBroken = false
        var failures = 0
    }

    let state: Mutex<State>

    init(script: [LogOutputResult] = [], isBroken: Bool = false) {
        state = Mutex(State(script: script, isBroken: isBroken))
    }

    var text: String { state.withLock { String(decoding: $0.text, as: UTF8.self) } }

    func write(_ bytes: [UInt8], from start: Int) -> LogOutputResult {
        state.withLock { state in
            if state.isBroken {
                state.failures += 1
                return .failed(ENOSPC)
            }
            var result = state.script.isEmpty ? .wrote(bytes.count - start) : state.script.removeFirst()
            if case .wrote(let count) = result {
                let written = min(count, bytes.count - start)
                result = .wrote(written)
                state.text += bytes[start..<start + written]
            }
            return result
        }
    }

    func waitUntilWritable(milliseconds: Int32) {}

    func reopen() -> Bool {
        state.withLock { state in
            state.reopened += 1
            if state.canReopen { state.isBroken = false }
            return state.canReopen
        }
    }
}
