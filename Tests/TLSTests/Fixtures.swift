import EventLoop
import Foundation
import TLS

/// Certificates that live as long as the test process: an authority of its own and what it has signed.
final class TestAuthority: Sendable {
    static let shared = TestAuthority()

    let folder: String

    var trust: ClientContext.Trust { .file(path("ca.pem")) }

    private init() {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-tls-\(UUID())").path
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        openssl("ecparam -name prime256v1 -genkey -noout -out ca.key")
        openssl("req -x509 -new -key ca.key -days 30 -subj /CN=Authority -out ca.pem")
        issue("localhost", names: "DNS:localhost,IP:127.0.0.1")
        issue("exact", names: "DNS:app.example.com,DNS:API.example.com")
        issue("wildcard", names: "DNS:*.example.com")
        issue("expired", names: "DNS:localhost", days: -1)
        openssl("pkey -in localhost.key -aes256 -passout pass:secret -out encrypted.key")
        openssl("req -x509 -newkey rsa:1024 -nodes -keyout weak.key -out weak.pem -days 30 -subj /CN=weak")
        write("garbage.pem", "this is no certificate\n")
        write("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        write("damaged.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        atexit { try? FileManager.default.removeItem(atPath: TestAuthority.shared.folder) }
    }

    func path(_ name: String) -> String { folder + "/" + name }

    func certificate(_ name: String) throws -> Certificate {
        try Certificate(certificateFile: path(name + ".pem"), keyFile: path(name + ".key"))
    }

    private func write(_ name: String, _ text: String) {
        try? Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    }

    private func issue(_ name: String, names: String, days: Int = 30) {
        openssl("ecparam -name prime256v1 -genkey -noout -out \(name).key")
        openssl("req -new -key \(name).key -subj /CN=\(name) -out \(name).csr")
        write("\(name).ext", "subjectAltName=\(names)\n")
        openssl(
            "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days \(days) -extfile \(name).ext -out \(name).pem"
        )
    }

    private func openssl(_ arguments: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
            process.waitUntilExit()
        } catch {
            fatalError("the openssl command is needed: \(error)")
        }
        precondition(process.terminationStatus == 0, "openssl \(arguments)")
    }
}

/// Runs `body` as a task of a loop that lives for it.
func onLoop<R: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> R) async throws -> R {
    let loop = try EventLoop(name: "test")
    try loop.start()
    defer {
        loop.stop()
        loop.join()
    }
    return try await Task(executorPreference: loop) { try await body(loop) }.value
}

extension EventLoop {
    /// A deadline that only a test that hangs reaches.
    var soon: MonotonicInstant { now + .seconds(60) }

    func localListener() throws -> Listener {
        try Listener(address: .anyLocalPort, loop: self)
    }
}

extension Listener {
    /// The next connection.
    func next(deadline: MonotonicInstant) async throws -> Socket {
        while true {
            if case .accepted(let socket, _) = accept() { return socket }
            try await acceptable(deadline: deadline)
        }
    }
}

extension Transport {
    /// Up to `count` bytes, in reads of at most `step`; fewer when the stream ends first.
    func take(_ count: Int, step: Int = 65536, deadline: MonotonicInstant) async throws -> [UInt8] {
        var taken: [UInt8] = []
        while taken.count < count {
            var outcome = ReadOutcome.wouldBlock
            let piece = try [UInt8](capacity: min(step, count - taken.count)) { span in
                outcome = try read(into: &span)
            }
            taken += piece
            switch outcome {
            case .bytes: break
            case .endOfStream: return taken
            case .wouldBlock: try await readable(deadline: deadline)
            }
        }
        return taken
    }

    func put(_ bytes: [UInt8], deadline: MonotonicInstant) async throws {
        try await writeAll(bytes.span, deadline: deadline)
    }
}

extension SocketAddress {
    /// Loopback, with a port of the kernel's choice.
    static var anyLocalPort: SocketAddress {
        guard let address = SocketAddress("127.0.0.1:0") else { preconditionFailure("this is an address") }
        return address
    }
}
