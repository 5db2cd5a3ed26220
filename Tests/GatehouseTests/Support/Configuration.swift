/// What a gateway under test is configured with.
struct Configuration {
    var database: String
    var application: String
    /// Another listener's address, to find it taken.
    var address = "127.0.0.1:0"
    var certificate: String?
    var key: String?
    var staleness = "10s"
    var workers = 1
    /// Whether a fourth listener serves the routes over plain HTTP, for proxies.
    var servesPlainHTTP = false
    /// Added to the routes.
    var routes = ""
    /// Added at the end: sections of their own.
    var sections = ""

    /// The YAML file.
    func text() async throws -> String {
        let certificates = try await Certificates.shared
        return """
            listeners:
              - address: \(address)
                tls:
                  certificates:
                    - {certificate: \(certificate ?? certificates.certificate), key: \(key ?? certificates.key)}
              - {address: "127.0.0.1:0", redirect: https}
              - {address: "127.0.0.1:0", serve: operations}
            \(servesPlainHTTP ? "  - {address: \"127.0.0.1:0\"}" : "")
            database: {url: "\(database)", staleness: \(staleness)}
            workers: \(workers)
            accounts: {public_url: "https://localhost"}
            upstreams:
              app: {endpoints: ["\(application)"]}
              gone: {endpoints: ["http://127.0.0.1:1"]}
            routes:
              - {name: home, match: {host: localhost}, require: signed_in, identity: gatehouse, upstream: app}
              - {name: assets, match: {host: spc.localhost, path: "/assets/**"}, require: anyone, identity: gatehouse, upstream: app}
              - name: spc
                match: {host: spc.localhost, path: "/plants/{plant}/**"}
                require:
                  - {methods: [GET, HEAD], role: operator}
                  - {role: engineer}
                identity: gatehouse
                upstream: app
              - {name: reports, match: {host: "{plant}.reports.localhost"}, require: {role: supervisor}, identity: gatehouse, upstream: app}
              - {name: gone, match: {host: www.localhost, path: "/gone/**"}, require: anyone, upstream: gone}
              - {name: files, match: {host: www.localhost}, require: anyone, upstream: app, body: 2GiB}
            \(routes)
            \(sections)

            """
    }
}

extension Configuration {
    /// Writes it into a folder of its own and returns the file's path.
    func file() async throws -> String {
        let folder = Scratch.make()
        return try Scratch.write(try await text(), "gatehouse.yaml", in: folder)
    }
}
