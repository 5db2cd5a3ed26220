import Dispatch
import Foundation
import Glibc
import Synchronization

/// Tells when one of some files is another than before, however it was replaced: written anew, renamed over, or behind
/// links that were swapped, as Kubernetes swaps `..data`.
///
/// inotify(7) on the folders says when to look; looking decides. Where inotify sees nothing, as on network file systems,
/// a look every ten seconds does.
final class FileWatch: Sendable {
    private struct State {
        /// The files, as they were a moment before they were read last.
        var sight = FileSight(of: [])
        var isLookDue = false
    }

    /// How long to wait after the first sign of a change: who writes a certificate writes its key next.
    private static let settlingTime = DispatchTimeInterval.milliseconds(300)
    private static let pollInterval = DispatchTimeInterval.seconds(10)
    private static let events = UInt32(
        IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF
    )

    private let queue: DispatchQueue
    private let state = Mutex(State())
    private let changed: @Sendable () -> Void
    /// -1: inotify has no room for another instance; looking every ten seconds is left.
    private let notifier: Int32
    /// Only cancelled at the end, which any thread may do.
    private nonisolated(unsafe) let sources: [any DispatchSourceProtocol]

    init(label: String, changed: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: label)
        self.queue = queue
        self.changed = changed
        let notifier = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        self.notifier = notifier
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + Self.pollInterval, repeating: Self.pollInterval)
        let reader = notifier >= 0 ? DispatchSource.makeReadSource(fileDescriptor: notifier, queue: queue) : nil
        let sources = [timer as any DispatchSourceProtocol, reader as (any DispatchSourceProtocol)?].compactMap { $0 }
        unsafe self.sources = sources
        timer.setEventHandler { [weak self] in self?.look() }
        reader?.setEventHandler { [weak self] in
            Self.drain(notifier)
            self?.lookSoon()
        }
        reader?.setCancelHandler { close(notifier) }
        for source in sources { source.activate() }
    }

    deinit { unsafe sources.forEach { $0.cancel() } }

    /// Watches these files from now on: those that were watched before as they were seen last, others as they were at
    /// first `sight`. What has changed since then has been read too early, and is told.
    func watch(_ files: [String], since sight: FileSight) {
        let present = FileSight(of: files)
        let isChanged = state.withLock { state in
            state.sight = present.replaced(by: sight).replaced(by: state.sight)
            return state.sight != present
        }
        watchFolders(of: files)
        if isChanged { lookSoon() }
    }

    /// To be called before the files are read again: what changes from now on may have come too late for that, and is told.
    func filesAreRead() {
        let files = state.withLock { $0.sight.files }
        let present = FileSight(of: files)
        state.withLock { $0.sight = $0.sight.replaced(by: present) }
    }

    private static func drain(_ notifier: Int32) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while unsafe read(notifier, &bytes, bytes.count) > 0 {}
    }

    private func lookSoon() {
        let isFirst = state.withLock { state in
            defer { state.isLookDue = true }
            return !state.isLookDue
        }
        if isFirst { queue.asyncAfter(deadline: .now() + Self.settlingTime) { [weak self] in self?.look() } }
    }

    private func look() {
        let former = state.withLock { state in
            state.isLookDue = false
            return state.sight
        }
        let present = FileSight(of: former.files)
        // What the links led to may lie in other folders now.
        watchFolders(of: former.files)
        let isChanged = state.withLock { state in
            guard state.sight == former, former != present else { return false }
            state.sight = present
            return true
        }
        if isChanged { changed() }
    }

    /// Watches the folders of the files, and of every link on the way to them.
    private func watchFolders(of files: [String]) {
        guard notifier >= 0 else { return }
        var folders: Set<String> = []
        for file in files {
            var path = file
            // As many links as the kernel follows.
            for _ in 0..<40 {
                var url = URL(filePath: path)
                folders.insert(url.deletingLastPathComponent().path)
                // The folder itself may be a link, as `..data` is.
                while url.path != "/" {
                    url.deleteLastPathComponent()
                    if Self.target(of: url.path) != nil { folders.insert(url.deletingLastPathComponent().path) }
                }
                guard let target = Self.target(of: path) else { break }
                path = target
            }
        }
        for folder in folders { unsafe inotify_add_watch(notifier, folder, Self.events) }
    }

    /// Where a link leads, as a path; nil for what is no link.
    private static func target(of path: String) -> String? {
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return nil }
        return target.hasPrefix("/") ? target : URL(filePath: path).deletingLastPathComponent().path + "/" + target
    }
}
