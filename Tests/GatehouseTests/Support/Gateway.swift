import Foundation
import Testing

/// A process of `gatehouse serve`, every listener on a port that the kernel chose.
struct Gateway {
    let child: Child
    let folder: String
    let configuration: String
    private let ports: [String: Int]

    /// Writes `configuration`, starts the program with it, and waits until it listens.
    static func start(_ configuration: Configuration) async throws -> Gateway {
        let folder = Scratch.make()
        let file = try Scratch.write(try await configuration.text(), "gatehouse.yaml", in: folder)
        let child = try await Child.start([Binary.path, "serve", "--config", file])
        var ports: [String: Int] = [:]
        try await eventually("the gateway listens: \(child.errorText)") {
            try #require(child.isRunning, "the gateway ended: \(child.errorText)")
            ports = listeners(in: child.errorText)
            return ports.count == (configuration.servesPlainHTTP ? 4 : 3)
        }
        return Gateway(child: child, folder: folder, configuration: file, ports: ports)
    }

    /// Starts a gateway for the time of `body`.
    static func with<Result>(
        _ configuration: Configuration, _ body: (Gateway) async throws -> Result
    ) async throws -> Result {
        let gateway = try await start(configuration)
        do {
            let result = try await body(gateway)
            await gateway.child.stop()
            return result
        } catch {
            await gateway.child.stop()
            throw error
        }
    }

    var httpsPort: Int { ports["https"] ?? 0 }
    var httpPort: Int { ports["http"] ?? 0 }
    var redirectPort: Int { ports["redirect"] ?? 0 }

    /// Someone with a browser's cookie jar, or `--cookie` of a session.
    func client(session: String? = nil) -> Client {
        Client(port: httpsPort, jar: "\(Scratch.make())/jar", session: session)
    }

    /// Asks the operations listener, over plain HTTP.
    func operations(_ path: String) async throws -> Answer {
        try await Curl.ask(["http://127.0.0.1:\(ports["operations"] ?? 0)\(path)"])
    }

    /// The value of one line of `/metrics`; nil if there is none such.
    func metric(_ name: String) async throws -> Double? {
        let page = try await operations("/metrics").body
        return page.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    /// The records of the access log so far. The last line may be half of one yet.
    var accessLog: [[String: Any]] {
        get throws {
            let text = child.outputText
            return try text[..<(text.lastIndex(of: "\n") ?? text.startIndex)].split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\($0)")
            }
        }
    }

    /// Has it read its configuration anew, and waits until it says what came of it.
    func reload(_ text: String) async throws {
        try Data(text.utf8).write(to: URL(filePath: configuration))
        let before = reloads
        child.send(SIGHUP)
        try await eventually("the configuration is read anew") { reloads > before }
    }

    private var reloads: Int {
        child.errorText.components(separatedBy: "configuration reloaded").count
            + child.errorText.components(separatedBy: "configuration not reloaded").count
    }

    private static func listeners(in log: String) -> [String: Int] {
        var ports: [String: Int] = [:]
        for line in log.split(separator: "\n") {
            guard let record = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                record["message"] as? String == "listening", let data = record["data"] as? [String: String],
                let name = data["for"], let port = data["address"]?.split(separator: ":").last
            else { continue }
            ports[name] = Int(port)
        }
        return ports
    }
}
