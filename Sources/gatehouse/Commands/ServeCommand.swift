import ArgumentParser
import Configuration
import EventLoop
import Foundation
import TLS

/// `gatehouse serve`: the gateway itself.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway.",
        discussion: """
            SIGTERM finishes what runs and ends. SIGHUP reads the configuration and the certificates anew. SIGUSR2 starts \
            the program again, by now perhaps a newer one, hands it the listening sockets, and ends when that one serves.
            """)

    @Option(help: "The configuration.") var config: String
    @Option(help: "PostgreSQL, as postgresql://… . Without it: GATEHOUSE_DATABASE_URL, else the configuration's.")
    var database: String?

    func run() async throws {
        ProcessMemory.keepFreedBlocks()
        TLSMemory.prepare()
        Successor.remember()
        let requests = Requests()
        let inheritance = try Inheritance.take()
        // What changes while it is read, and while all is made ready, is to be read again.
        var sight = FileSight(of: [ConfigurationLoader.path(of: config)])
        let outcome = ConfigurationLoader.load(file: config)
        sight.add(outcome.files)
        for diagnostic in outcome.diagnostics { FileHandle.standardError.write(Data("\(diagnostic)\n".utf8)) }
        guard let snapshot = outcome.snapshot else {
            throw CommandFailure.badInput("The configuration has errors; nothing was started.")
        }
        sight.add(Steering.certificateFiles(of: snapshot))
        let environment = ProcessInfo.processInfo.environment["GATEHOUSE_DATABASE_URL"].flatMap {
            $0.isEmpty ? nil : $0
        }
        let serving = try await Serving(
            snapshot, databaseURL: database ?? environment, inherited: inheritance.sockets,
            reporting: try Reporting(snapshot.log))
        inheritance.tellReadiness()
        var steering = Steering(serving, snapshot, outcome, sight: sight, requests: requests) {
            ConfigurationLoader.load(file: config)
        }
        for await request in requests.stream {
            if await !steering.follow(request) { return }
        }
    }
}
