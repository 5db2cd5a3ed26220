import EventLoop
import Foundation
import Glibc

/// What a process gets from whoever started it: sockets that listen already, and somebody to tell that it serves.
///
/// From a service manager as sd_listen_fds(3) has it (`LISTEN_FDS`, `LISTEN_PID`), from the process before us under names
/// of our own, since whoever starts a process cannot put its number into its environment beforehand.
struct Inheritance {
    /// `number=label` for each socket, separated by line feeds.
    static let socketsVariable = "GATEHOUSE_LISTENING_SOCKETS"
    /// The pipe that the former process waits on.
    static let readinessVariable = "GATEHOUSE_READINESS_PIPE"
    /// The first descriptor that is passed on (sd_listen_fds(3)).
    static let firstDescriptor: Int32 = 3
    private static let socketsMax = 4096

    let sockets: [ListeningSocket]
    private let readiness: Int32?

    /// Takes what there is, once, and removes it from the environment, so that no process of ours takes it for its own.
    static func take() throws(CommandFailure) -> Inheritance {
        let environment = ProcessInfo.processInfo.environment
        defer {
            for name in [socketsVariable, readinessVariable, "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] {
                unsafe unsetenv(name)
            }
        }
        var sockets: [ListeningSocket] = []
        for (number, label) in try numbers(in: environment) {
            do throws(IOError) {
                sockets.append(try ListeningSocket(adopting: number, label: label))
            } catch {
                throw .failed(
                    "Descriptor \(number), which this process was given, is no socket that listens (\(error)). "
                        + "Check ListenStream= and Accept=no of the socket unit.")
            }
        }
        return Inheritance(sockets: sockets, readiness: environment[readinessVariable].flatMap { Int32($0) })
    }

    private static func numbers(in environment: [String: String]) throws(CommandFailure) -> [(Int32, String?)] {
        if let text = environment[socketsVariable] {
            return text.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, let number = Int32(parts[0]), number >= firstDescriptor else { return nil }
                return (number, String(parts[1]))
            }
        }
        guard let text = environment["LISTEN_FDS"], environment["LISTEN_PID"] == "\(getpid())" else { return [] }
        guard let count = Int32(text), (0...Int32(socketsMax)).contains(count) else {
            throw .failed("LISTEN_FDS is \(text), which is no number of sockets.")
        }
        return (0..<count).map { (firstDescriptor + $0, nil) }
    }

    /// Tells the former process and the service manager that this one serves.
    func tellReadiness() {
        if let readiness {
            var byte: UInt8 = 1
            _ = unsafe write(readiness, &byte, 1)
            close(readiness)
        }
        ServiceManager.tell("READY=1\nMAINPID=\(getpid())")
    }
}

/// The service manager that started us, if it wants to hear (sd_notify(3)).
enum ServiceManager {
    /// Sends one message. Nobody need be there, and nothing depends on it.
    static func tell(_ message: String) {
        guard let name = ProcessInfo.processInfo.environment["NOTIFY_SOCKET"], name.utf8.count > 1 else { return }
        var path = Array(name.utf8)
        // An `@` stands for the zero byte of an abstract address.
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.count < room else { return }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(message.utf8)
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = unsafe sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, length)
            }
        }
    }
}
