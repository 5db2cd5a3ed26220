import Synchronization

/// Whether the last attempt to load a configuration worked: `gatehouse_config_reload_success`.
final class ReloadState: Sendable {
    private let succeeded = Atomic(true)

    var lastSucceeded: Bool {
        get { succeeded.load(ordering: .relaxed) }
        set { succeeded.store(newValue, ordering: .relaxed) }
    }
}
