import ArgumentParser
import Configuration

/// `gatehouse schema`: the JSON Schema of the configuration, as `config/gatehouse.schema.json` holds it.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of the configuration, for editors.")

    func run() throws { print(try JSONSchema.text(), terminator: "") }
}
