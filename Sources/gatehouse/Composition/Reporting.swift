import Configuration
import Identity
import Logging
import Telemetry

/// Where a running gateway's logs go.
struct Reporting: Sendable {
    let logger: Logger
    /// Nil: no access log.
    let access: LogWriter?
    private let operational: LogWriter

    init(_ settings: LogSettings) throws(CommandFailure) {
        do throws(LogWriterError) {
            operational = try LogWriter(.standardError)
            access =
                switch settings.access {
                case .none: nil
                case .standardOutput: try LogWriter(.standardOutput)
                case .standardError: try LogWriter(.standardError)
                case .file(let path): try LogWriter(.file(path: path))
                }
        } catch {
            throw .failed("The log cannot be written: \(error). Check log.access and the folder's permissions.")
        }
        let writer = operational
        let level = Logger.Level(rawValue: settings.level) ?? .info
        logger = Logger(label: "gatehouse") { label in
            JSONLogHandler(
                label: label, format: .forStandardError, writer: writer, level: level, clock: SystemClock())
        }
    }

    /// Opens log files anew, for logrotate(8).
    func reopen() { access?.reopen() }

    /// Writes what waits.
    func finish() {
        for writer in [access, operational].compactMap({ $0 }) { writer.finish(within: .seconds(2)) }
    }
}
