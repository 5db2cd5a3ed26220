import Foundation
import Testing

/// A gateway that runs out of what the system gives it.
struct ExhaustionTests {
    private let url = "https://spc.localhost/plants/detroit/x"

    @Test func `without descriptors it refuses newcomers, idles meanwhile, and serves again by itself`() async throws {
        try await Site.with { site in
            let erin = try await site.client(as: "erin")
            #expect(try await erin.ask(url).status == 200)
            let process = site.gateway.child.process
            let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
            try await limit(process, descriptors: descriptors + 4)

            let crowd = Crowd(40, port: site.gateway.httpsPort)
            try await eventually("those who come too many are turned away") { crowd.refused > 0 }
            let before = site.gateway.child.processorTicks
            try await Task.sleep(for: .seconds(1))
            // A hundred ticks are a second: it must not spend its time on trying again.
            #expect(site.gateway.child.processorTicks - before < 50)
            #expect(site.gateway.child.isRunning)

            crowd.leave()
            try await eventually("it serves again, as much as it can") {
                (try? await erin.ask(url).status) == 200
            }
            try await limit(process, descriptors: 1024)
            #expect(try await erin.ask(url).status == 200)
            // What else it could not open meanwhile comes back in its own time.
            try await eventually("it is ready") { try await site.gateway.operations("/readyz").status == 200 }
        }
    }

    /// A disk that is full costs lines of the log, which are counted, and no answer.
    @Test func `without room for its log it serves on, and counts what it could not write`() async throws {
        try await Site.with(change: { $0.sections = "log: {access: /dev/full}" }) { site in
            let erin = try await site.client(as: "erin")
            for _ in 0..<20 { #expect(try await erin.ask(url).status == 200) }
            try await eventually("it counts what failed") {
                try await site.gateway.metric("gatehouse_log_errors_total") ?? 0 > 0
            }
            #expect(try await site.gateway.metric("gatehouse_log_lines_written_total") == 0)
            #expect(try await erin.ask(url).status == 200)
            #expect(try await site.gateway.operations("/readyz").status == 200)
            // Nor does it hold up the end.
            site.gateway.child.send(SIGTERM)
            #expect(await site.gateway.child.exitCode == 0)
        }
    }

    /// Sets how many descriptors a process may have (RLIMIT_NOFILE).
    private func limit(_ process: pid_t, descriptors: Int) async throws {
        let child = try await Child.start(["prlimit", "--pid", "\(process)", "--nofile=\(descriptors):"])
        try #require(await child.exitCode == 0, "\(child.errorText)")
    }
}

/// Clients that connect and say nothing.
private final class Crowd {
    private var sockets: [Int32] = []

    init(_ count: Int, port: Int) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        for _ in 0..<count {
            let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            sockets.append(raw)
            unsafe withUnsafePointer(to: &address) { place in
                unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                    _ = unsafe connect(raw, place, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    /// How many were turned away: their connections were closed.
    var refused: Int {
        sockets.count { socket in
            var byte: UInt8 = 0
            let count = unsafe recv(socket, &byte, 1, Int32(MSG_DONTWAIT | MSG_PEEK))
            return count == 0 || count < 0 && errno != EAGAIN
        }
    }

    func leave() {
        for socket in sockets { close(socket) }
        sockets = []
    }

    deinit { leave() }
}

extension Child {
    /// How much processor time it has taken, in ticks (proc(5)).
    fileprivate var processorTicks: Int {
        let fields = Scratch.text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        // The 14th and 15th of all; the name in parentheses is the second.
        return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    }
}
