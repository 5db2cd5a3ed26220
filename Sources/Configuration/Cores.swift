internal import Foundation

/// The cores that this process may use, for settings that go by their number.
enum Cores {
    static var count: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}
