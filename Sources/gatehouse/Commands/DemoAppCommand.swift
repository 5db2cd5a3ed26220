import ArgumentParser
import EventLoop

/// `gatehouse demo-app`: something to put behind the gateway while trying it out.
struct DemoAppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-app", abstract: "Run an application that shows the identity it was given.",
        discussion:
            "HTML for browsers, JSON for everything else. It believes every header: only the gateway may reach it.")

    @Option(help: "Where to listen, as 127.0.0.1:9001; port 0 takes a free one.") var listen = "127.0.0.1:9001"

    func run() async throws {
        guard let address = SocketAddress(listen) else {
            throw CommandFailure.badInput("--listen is an address like 127.0.0.1:9001, not \(listen).")
        }
        do throws(IOError) {
            let loop = try EventLoop(name: "demo-app")
            let server = try DemoServer(address: address, loop: loop)
            try loop.start()
            let bound = await server.address
            print("listening on http://\(bound)")
            flushStandardOutput()
            await Task(executorPreference: loop) { await server.run() }.value
        } catch {
            throw CommandFailure.failed("The demo application cannot listen on \(address): \(error).")
        }
    }
}
