/// Certificates for localhost and names below it, made once for all tests of this process.
struct Certificates {
    let folder: String

    var authority: String { "\(folder)/ca.pem" }
    var certificate: String { "\(folder)/site.pem" }
    var key: String { "\(folder)/site.key" }

    static var shared: Certificates { get async throws { try await one.value } }

    /// Others than the shared ones, by a CA of their own.
    static func make() async throws -> Certificates {
        let folder = Scratch.make()
        let script = "\(Binary.repository)deploy/development/certificates.sh"
        let child = try await Child.start([script, folder])
        guard await child.exitCode == 0 else { throw FixtureError("no certificates: \(child.errorText)") }
        return Certificates(folder: folder)
    }

    private static let one = Task { try await make() }
}
