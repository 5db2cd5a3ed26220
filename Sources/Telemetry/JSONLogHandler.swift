import Glibc
package import Identity
package import Logging

/// Writes operational logs through a `LogWriter`, one line an event: JSON for machines, or text for a terminal.
package struct JSONLogHandler: LogHandler {
    /// How a line looks.
    package enum Format: Sendable, Hashable {
        /// `{"time":…,"level":…,"logger":…,"message":…}`, then the metadata as further members under `"data"`.
        case json
        /// `05:18:39 warning gatehouse.store: message (key: value)`.
        case text

        /// Text where a person is looking, JSON where a collector is.
        package static var forStandardError: Format { isatty(STDERR_FILENO) == 1 ? .text : .json }
    }

    package var logLevel: Logger.Level = .info
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let format: Format
    private let writer: LogWriter
    private let clock: any WallClock

    package init(
        label: String, format: Format, writer: LogWriter, level: Logger.Level = .info, clock: any WallClock
    ) {
        self.label = label
        self.format = format
        self.writer = writer
        self.clock = clock
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var data = metadata
        if let provided = metadataProvider?.get() { data.merge(provided) { _, new in new } }
        if let own = event.metadata { data.merge(own) { _, new in new } }
        if let error = event.error { data["error"] = .string("\(error)") }
        var text = LogText()
        switch format {
        case .json: render(event, data, into: &text)
        case .text: renderForPeople(event, data, into: &text)
        }
        writer.write(text.bytes)
    }

    private func render(_ event: LogEvent, _ data: Logger.Metadata, into text: inout LogText) {
        text.append("{\"time\":\"")
        text.append(clock.now())
        text.append("\",\"level\":")
        text.append(quoting: event.level.rawValue)
        text.append(",\"logger\":")
        text.append(quoting: label)
        text.append(",\"message\":")
        text.append(quoting: event.message.description, bytesMax: Self.textBytesMax)
        if !data.isEmpty {
            text.append(",\"data\":")
            text.append(.dictionary(data), bytesMax: Self.textBytesMax)
        }
        text.append("}\n")
    }

    /// As JSON without its quotes: still one line, and no escape sequence reaches the terminal.
    private func renderForPeople(_ event: LogEvent, _ data: Logger.Metadata, into text: inout LogText) {
        var time = LogText()
        time.append(clock.now())
        text.bytes.append(contentsOf: time.bytes[11..<19])
        text.append(" ")
        text.append(unquoted: event.level.rawValue)
        text.append(" ")
        text.append(unquoted: label)
        text.append(": ")
        text.append(unquoted: event.message.description, bytesMax: Self.textBytesMax)
        for (index, (key, value)) in data.sorted(by: { $0.key < $1.key }).enumerated() {
            text.append(index == 0 ? " (" : ", ")
            text.append(unquoted: key)
            text.append(": ")
            text.append(unquoted: value.description, bytesMax: Self.textBytesMax)
        }
        text.append(data.isEmpty ? "\n" : ")\n")
    }

    private static let textBytesMax = 4_096
}

extension LogText {
    /// A metadata value as JSON; members in the order of their names.
    fileprivate mutating func append(_ value: Logger.Metadata.Value, bytesMax: Int) {
        switch value {
        case .string(let string): append(quoting: string, bytesMax: bytesMax)
        case .stringConvertible(let convertible): append(quoting: convertible.description, bytesMax: bytesMax)
        case .array(let values):
            append("[")
            for (index, value) in values.enumerated() {
                if index > 0 { append(",") }
                append(value, bytesMax: bytesMax)
            }
            append("]")
        case .dictionary(let members):
            append("{")
            for (index, (key, value)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { append(",") }
                append(quoting: key, bytesMax: bytesMax)
                append(":")
                append(value, bytesMax: bytesMax)
            }
            append("}")
        }
    }

    /// Escaped as in JSON, but without the quotes around it.
    fileprivate mutating func append(unquoted text: String, bytesMax: Int = .max) {
        var quoted = LogText()
        quoted.append(quoting: text, bytesMax: bytesMax)
        bytes.append(contentsOf: quoted.bytes.dropFirst().dropLast())
    }
}
