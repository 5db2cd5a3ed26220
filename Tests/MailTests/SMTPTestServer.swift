import Foundation
import GatehouseTesting
import Identity
import Synchronization
import Testing

@testable import Mail

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// A real mail server, aiosmtpd, in a process of its own that ends with this one.
final class SMTPTestServer {
    /// A mail as the server took it, read by Python's parser.
    struct Mail: Decodable {
        let from: String
        let to: [String]
        let smtputf8: Bool
        let tls: Bool
        let login: String?
        let headers: [String: String]
        let parts: [String: String]
        let defects: [String]
        /// The longest line in bytes, and how many line feeds came without a carriage return.
        let longest: Int
        let bare: Int
    }

    let port: Int
    let folder: URL
    private let process: pid_t
    /// Nothing is ever written to it: the kernel closes it with this process, and so the server ends.
    private let input: FileHandle
    private let output: FileHandle
    private let isStopped = Atomic(false)

    /// - Parameter folder: where another server's mails are, to go on with.
    init(_ options: [String] = [], port: Int = 0, folder: URL? = nil) throws {
        self.folder = try folder ?? Self.makeFolder()
        let (reading, writing) = try Spawn.pipe()
        let (telling, told) = try Spawn.pipe()
        defer {
            close(reading)
            close(told)
        }
        input = FileHandle(fileDescriptor: writing, closeOnDealloc: true)
        output = FileHandle(fileDescriptor: telling, closeOnDealloc: true)
        let script = root.appending(path: "Tests/Peers/smtp_server.py").path()
        let mails = self.folder.appending(path: "mails").path()
        process = try Spawn.start(
            [
                "env", try Self.python.get(), "-W", "ignore", script, "--port", "\(port)", "--mails", mails,
            ] + options, environment: ["PATH=/usr/bin:/bin"], input: reading, output: told)
        var line = Data()
        while let byte = try output.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) { line += byte }
        self.port = try #require(Int(String(decoding: line, as: UTF8.self)), "\(String(decoding: line, as: UTF8.self))")
    }

    deinit { stop() }

    func stop() {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        // Whoever is started from a thread of Dispatch has all other signals blocked.
        kill(process, SIGKILL)
        _ = Spawn.wait(for: process)
    }

    var url: String { "smtp://127.0.0.1:\(port)" }

    /// What it has taken so far.
    func mails() throws -> [Mail] {
        guard let data = try? Data(contentsOf: folder.appending(path: "mails")) else { return [] }
        return try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Mail.self, from: $0) }
    }

    static func makeFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gatehouse-mail-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private static let python = Result {
        try run(root.appending(path: "deploy/development/venv.sh").path(), [])
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Certificates for localhost, and the authority that signed them.
    static let certificates = Result {
        let folder = try makeFolder()
        _ = try run(root.appending(path: "deploy/development/certificates.sh").path(), [folder.path()])
        return folder
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        let (reading, writing) = try Spawn.pipe()
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        let process = try Spawn.start(
            ["env", program] + arguments, environment: ["PATH=\(ProcessInfo.processInfo.environment["PATH"] ?? "")"],
            input: null, output: writing)
        close(writing)
        close(null)
        let data = try FileHandle(fileDescriptor: reading, closeOnDealloc: true).readToEnd() ?? Data()
        let text = String(decoding: data, as: UTF8.self)
        try #require(Spawn.wait(for: process) == 0, "\(program) failed: \(text)")
        return text
    }
}

func templates(_ overrides: [String: String] = [:], language: String = "en") throws -> MailTemplates {
    try MailTemplates(site: .init(name: "Example Works", language: language), overrides: overrides)
}

func sender(_ text: String = "Example Works <no-reply@example.com>") throws -> MailSender {
    try #require(MailSender(text))
}

func event(
    _ kind: MailEvent.Kind = .resetPassword, to recipient: String = "ada@example.com", language: String? = nil,
    values: [String: String] = [:]
) -> MailEvent {
    MailEvent(
        kind, to: recipient, userID: nil, language: language,
        link: "https://login.example.com/.gatehouse/reset?token=abc&x=1", expiresAt: Timestamp(seconds: 4_107_542_340),
        values: values)
}

func message(_ event: MailEvent, from text: String = "Example Works <no-reply@example.com>") throws -> MailMessage {
    try #require(
        try templates().message(for: event, createdAt: Timestamp(seconds: 1_795_252_500), from: try sender(text)))
}
