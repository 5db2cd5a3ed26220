import Foundation
import TLS

/// Certificates that live as long as the test process.
final class TestCertificates: Sendable {
    static let shared = TestCertificates()

    private let folder: String

    private init() {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-proxy-\(UUID())").path
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        openssl("ecparam -name prime256v1 -genkey -noout -out ca.key")
        openssl("req -x509 -new -key ca.key -days 30 -subj /CN=Authority -out ca.pem")
        issue("site", names: "DNS:localhost,DNS:app.example.com,DNS:api.example.com")
        issue("other", names: "DNS:other.test")
        issue("address", names: "IP:127.0.0.1")
        issue("expired", names: "DNS:localhost", days: -1)
        issue("gateway", names: "DNS:gateway")
        openssl("ecparam -name prime256v1 -genkey -noout -out stranger.key")
        openssl("req -x509 -new -key stranger.key -days 30 -subj /CN=Stranger -out stranger.pem")
        atexit { try? FileManager.default.removeItem(atPath: TestCertificates.shared.folder) }
    }

    func path(_ name: String) -> String { folder + "/" + name }

    /// A client that trusts the test authority.
    func client(protocols: [String] = ["http/1.1"]) throws -> ClientContext {
        try ClientContext(trust: .file(path("ca.pem")), protocols: protocols)
    }

    /// A server that shows this certificate.
    func server(_ name: String, protocols: [String] = ["http/1.1"]) throws -> ServerContext {
        let certificate = try Certificate(certificateFile: path(name + ".pem"), keyFile: path(name + ".key"))
        return try ServerContext(certificates: [certificate], protocols: protocols)
    }

    private func issue(_ name: String, names: String, days: Int = 30) {
        openssl("ecparam -name prime256v1 -genkey -noout -out \(name).key")
        openssl("req -new -key \(name).key -subj /CN=\(name) -out \(name).csr")
        try? Data("subjectAltName=\(names)\n".utf8).write(to: URL(fileURLWithPath: path("\(name).ext")))
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
        try? process.run()
        process.waitUntilExit()
        precondition(process.terminationStatus == 0, "openssl \(arguments)")
    }
}
