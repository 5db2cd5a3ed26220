import Foundation
import Testing

/// SIGUSR2: the listening sockets go to a new process, and no request is lost on the way.
@Suite struct HandoverTests {
    private static let script = "\(Binary.repository)Tests/Clients/steady.py"

    /// Clients that ask `/` of the shared page without pause, for so long.
    private static func load(_ site: Site, seconds: Int) async throws -> Child {
        let authority = try await Certificates.shared.authority
        return try await Child.start(
            ["python3", script, "\(site.gateway.httpsPort)", authority, "www.localhost", "/load", "\(seconds)", "6"])
    }

    /// The number of the process that the log says serves now.
    private static func successor(in log: String) -> pid_t? {
        for line in log.split(separator: "\n") {
            guard let record = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                record["message"] as? String == "the new process serves",
                let data = record["data"] as? [String: String]
            else { continue }
            return data["pid"].flatMap { pid_t($0) }
        }
        return nil
    }

    /// How nice each thread of the process is, by its name.
    private static func niceness(of process: pid_t) -> [String: Int] {
        let folder = "/proc/\(process)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return threads.reduce(into: [:]) { found, thread in
            // proc(5): the name in parentheses is the second field, and niceness the nineteenth.
            let line = Scratch.text("\(folder)/\(thread)/stat")
            guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")") else { return }
            let fields = line[close...].split(separator: " ").dropFirst()
            found[String(line[open..<close].dropFirst())] =
                fields.count > 16 ? Int(fields[fields.startIndex + 16]) : nil
        }
    }

    @Test(arguments: [1, 2]) func `a new process takes over under load, and no request fails`(workers: Int) async throws
    {
        try await Site.with(change: { $0.workers = workers }) { site in
            // Pages are made by threads of a lower priority, which nobody without a privilege can take back.
            #expect(try await site.gateway.client().load("https://localhost/.gatehouse/login").status == 200)
            let load = try await Self.load(site, seconds: 6)
            try await Task.sleep(for: .seconds(1))
            site.gateway.child.send(SIGUSR2)
            #expect(await site.gateway.child.exitCode == 0)
            let process = try #require(
                Self.successor(in: site.gateway.child.errorText), "\(site.gateway.child.errorText)")
            defer { kill(process, SIGKILL) }
            #expect(await load.exitCode == 0)
            let words = load.outputText.split(whereSeparator: \.isWhitespace)
            #expect(words.count > 1 && words[1] == "0", "\(load.outputText)")
            #expect(words.first.flatMap { Int($0) } ?? 0 > 20)
            #expect(try await site.gateway.client().ask("https://www.localhost/after").status == 200)
            #expect(try await site.gateway.operations("/readyz").status == 200, "all listeners went over")
            let own = Int(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0))
            // Threads say who they are when they run for the first time.
            try await eventually("the threads are as nice as they should be: \(Self.niceness(of: process))") {
                let priorities = Self.niceness(of: process)
                return priorities.filter { $0.key.hasPrefix("worker-") }.map(\.value)
                    == Array(repeating: own, count: workers)
                    && priorities.filter { $0.key.hasPrefix("pages-") }.map(\.value)
                        == Array(repeating: max(own, 10), count: workers)
                    && priorities["postgres"] == own
            }
        }
    }

    @Test func `a new process that cannot serve changes nothing`() async throws {
        try await Site.with { site in
            let good = Scratch.text(site.gateway.configuration)
            try Scratch.write("listeners: 5\n", "gatehouse.yaml", in: site.gateway.folder)
            site.gateway.child.send(SIGUSR2)
            try await eventually("it is told") {
                site.gateway.child.errorText.contains("no new process; this one goes on")
            }
            #expect(site.gateway.child.errorText.contains("it ended with 2 before it served"))
            #expect(site.gateway.child.isRunning)
            #expect(try await site.gateway.client().ask("https://www.localhost/").status == 200)
            try Scratch.write(good, "gatehouse.yaml", in: site.gateway.folder)
        }
    }

    @Test func `a service manager's sockets are listened on, and it is told`() async throws {
        let wrapper = """
            import os, socket, sys
            folder, command = sys.argv[1], sys.argv[2:]
            notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            notify.bind(folder + "/notify")
            listening = socket.socket()
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            os.environ["PORT"] = str(listening.getsockname()[1])
            os.environ["NOTIFY_SOCKET"] = folder + "/notify"
            child = os.fork()
            if child == 0:
                os.dup2(listening.fileno(), 3)
                os.set_inheritable(3, True)
                os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
                os.execvp(command[0], command)
            print(os.environ["PORT"], child, flush=True)
            print(notify.recv(4096).decode().replace("\\n", " "), flush=True)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """
        var configuration = Configuration(
            database: try await People.database(), application: try await Application.demo().url)
        configuration.address = "127.0.0.1:${PORT}"
        let folder = Scratch.make()
        let file = try await configuration.file()
        let child = try await Child.start(
            ["python3", "-c", wrapper, folder, Binary.path, "serve", "--config", file], folder: folder)
        try await eventually("it tells that it is ready: \(child.errorText)") {
            child.outputText.contains("READY=1")
        }
        let words = child.outputText.split(whereSeparator: \.isWhitespace)
        let port = try #require(Int(words[0]))
        let process = try #require(pid_t(words[1]))
        #expect(words.contains("MAINPID=\(process)"))
        #expect(
            try await Client(port: port, jar: "\(folder)/jar", session: nil).ask("https://www.localhost/").status == 200
        )
        kill(process, SIGTERM)
        #expect(await child.exitCode == 0)
    }

    @Test func `a descriptor that is no listening socket is told`() async throws {
        let file = try await Configuration(database: "postgresql:///none", application: "http://127.0.0.1:1").file()
        let child = try await Child.start(
            [
                "sh", "-c", "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\" 3</dev/null", "sh", Binary.path, "serve",
                "--config", file,
            ])
        #expect(await child.exitCode == 1)
        #expect(child.errorText.contains("no socket that listens"), "\(child.errorText)")
    }
}
