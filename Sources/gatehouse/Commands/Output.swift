import ArgumentParser
import Foundation
import Glibc
import Identity

/// The choice between text for people and JSON for programs, on every verb that prints something.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false

    /// Prints one value: as a JSON object, or as lines of `name: value`.
    func print(_ record: some Encodable & Tabular) throws {
        if json {
            Swift.print(try encode(record))
        } else {
            let cells = record.cells
            let width = cells.map(\.name.count).max() ?? 0
            for cell in cells where !cell.value.isEmpty {
                Swift.print("\(cell.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(cell.value)")
            }
        }
    }

    /// Prints many: as a JSON array, or as a table with a heading.
    func print<Record: Encodable & Tabular>(_ records: [Record], none: String) throws {
        if json {
            Swift.print(try encode(records))
            return
        }
        guard let first = records.first else {
            Swift.print(none)
            return
        }
        let rows = [first.cells.map { $0.name.uppercased() }] + records.map { $0.cells.map(\.value) }
        let widths = first.cells.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let line = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            Swift.print(line.joined(separator: "  ").trimmingSuffix(while: { $0 == " " }))
        }
    }

    /// Prints a value as JSON, whatever was asked for.
    func print(value: some Encodable) throws { Swift.print(try encode(value)) }

    /// Says what was done: as text, or as a JSON object with one member, `done`.
    func confirm(_ sentence: String) throws {
        Swift.print(json ? try encode(["done": sentence]) : sentence)
    }

    private func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// What can be shown as a row of a table.
protocol Tabular {
    /// The columns in order. Every record of a kind has the same names.
    var cells: [(name: String, value: String)] { get }
}

extension String {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> Substring {
        var rest = self[...]
        while let last = rest.last, matches(last) { rest.removeLast() }
        return rest
    }
}

extension Timestamp {
    /// The moment in RFC 3339, in UTC and to the second.
    var text: String {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000).formatted(.iso8601)
    }

    /// Reads RFC 3339, or a date alone, which means its first moment in UTC.
    init?(text: String) {
        let date = try? Date(text, strategy: .iso8601)
        let day = try? Date(text, strategy: .iso8601.year().month().day())
        guard let moment = date ?? day else { return nil }
        self.init(microseconds: Int64((moment.timeIntervalSince1970 * 1_000_000).rounded()))
    }
}

/// Hands what was printed to whoever reads it through a pipe.
func flushStandardOutput() { fflush(nil) }
