import Foundation
import Testing

/// A real proxy that asks a gateway about every request, configured by the example that we ship for it.
struct FrontProxy {
    enum Kind: String, CaseIterable {
        case nginx, caddy, traefik, envoy
    }

    let kind: Kind
    private let child: Child
    /// How curl reaches it.
    private let way: [String]

    /// Runs `body` with a proxy before `application` that asks `gateway`, and stops it afterwards.
    static func with(
        _ kind: Kind, asking gateway: Gateway, before application: Application,
        _ body: (FrontProxy) async throws -> Void
    ) async throws {
        let proxy = try await start(kind, asking: gateway, before: application)
        do {
            try await eventually("\(kind) serves: \(proxy.child.errorText)") {
                try #require(proxy.child.isRunning, "\(kind) ended: \(proxy.child.errorText)")
                return (try? await proxy.ask("/assets/logo"))?.status == 200
            }
            try await body(proxy)
        } catch {
            await proxy.child.stop()
            throw error
        }
        await proxy.child.stop()
    }

    /// Asks for something on the host that the gateway's routes know.
    func ask(_ target: String, _ options: String...) async throws -> Answer {
        try await Curl.ask(way + ["--path-as-is"] + options + ["http://spc.localhost\(target)"])
    }

    // MARK: Starting

    private static func start(
        _ kind: Kind, asking gateway: Gateway, before application: Application
    ) async throws -> FrontProxy {
        let folder = Scratch.make()
        let socket = "\(folder)/socket"
        let text = try example(kind).replacing("app.example.com", with: "spc.localhost")
            .replacing("127.0.0.1:8080", with: "127.0.0.1:\(gateway.httpPort)")
            .replacing(
                "address: 127.0.0.1, port_value: 8080", with: "address: 127.0.0.1, port_value: \(gateway.httpPort)"
            )
            .replacing("127.0.0.1:9000", with: application.authority)
            .replacing(
                "address: 127.0.0.1, port_value: 9000", with: "address: 127.0.0.1, port_value: \(application.port)")
        let command: [String]
        switch kind {
        case .nginx: command = try nginx(text, socket, folder)
        case .caddy: command = try await caddy(text, folder)
        case .traefik: command = try await traefik(text, folder)
        case .envoy: command = try await envoy(text, socket, folder)
        }
        let home = ["HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder]
        let child = try await Child.start(command, environment: home, folder: folder)
        guard command.contains("web") else {
            return FrontProxy(kind: kind, child: child, way: ["--unix-socket", socket])
        }
        try await eventually("the launcher tells its port: \(child.errorText)") { child.outputText.contains("\n") }
        let port = child.outputText.prefix { $0 != "\n" }
        return FrontProxy(kind: kind, child: child, way: ["--connect-to", "::127.0.0.1:\(port)"])
    }

    /// The example as it is shipped.
    private static func example(_ kind: Kind) throws -> String {
        let name = [.nginx: "nginx.conf", .caddy: "Caddyfile", .traefik: "traefik.yaml", .envoy: "envoy.yaml"][kind]
        let path = "\(Binary.repository)config/examples/forward-auth/\(try #require(name))"
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    /// Replaces what must stand there, so that an example that changed is noticed.
    private static func replace(_ old: String, with new: String, in text: String) throws -> String {
        try #require(text.contains(old), "the example says no \"\(old)\"")
        return text.replacing(old, with: new)
    }

    private static func nginx(_ text: String, _ socket: String, _ folder: String) throws -> [String] {
        let site = try replace("listen 443 ssl;", with: "listen unix:\(socket);", in: text)
            .split(separator: "\n").filter { !$0.contains("ssl_certificate") }.joined(separator: "\n")
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(folder)/\($0);" }.joined(separator: "\n")
        let whole = """
            daemon off;
            master_process off;
            pid \(folder)/pid;
            error_log stderr;
            events {}
            http {
            access_log off;
            \(temporary)
            \(site)
            }
            """
        return [
            "/usr/sbin/nginx", "-p", folder, "-e", "stderr", "-c", try Scratch.write(whole, "nginx.conf", in: folder),
        ]
    }

    /// Over a Unix socket it would say nothing of whom its client asked.
    private static func caddy(_ text: String, _ folder: String) async throws -> [String] {
        let site = try replace("spc.localhost {", with: "http://spc.localhost {\n\tbind fd/3", in: text)
        let whole = "{\n\tadmin off\n\tpersist_config off\n\tauto_https off\n}\n" + site
        let file = try Scratch.write(whole, "Caddyfile", in: folder)
        return try await withPort + [
            try await Peers.program("caddy"), "run", "--config", file, "--adapter", "caddyfile",
        ]
    }

    /// Starts what follows on a port of the kernel's choice.
    private static var withPort: [String] {
        get async throws {
            [try await Peers.program("python3"), "\(Binary.repository)Tests/Peers/with_socket.py", "web"]
        }
    }

    private static func traefik(_ text: String, _ folder: String) async throws -> [String] {
        let file = try Scratch.write(try replace("tls: {}", with: "", in: text), "routes.yaml", in: folder)
        return try await withPort + [
            try await Peers.program("traefik"), "--entrypoints.web", "--providers.file.filename=\(file)",
            "--global.checknewversion=false", "--global.sendanonymoususage=false",
        ]
    }

    private static func envoy(_ text: String, _ socket: String, _ folder: String) async throws -> [String] {
        var lines = try replace(
            "address: {socket_address: {address: 0.0.0.0, port_value: 443}}",
            with: "address: {pipe: {path: \(socket)}}",
            in: text
        ).split(separator: "\n", omittingEmptySubsequences: false)
        // The listener of the test speaks plain HTTP.
        let start = try #require(lines.firstIndex { $0.contains("- transport_socket:") })
        let end = try #require(lines.firstIndex { $0.hasSuffix("  filters:") })
        lines.replaceSubrange(start...end, with: [lines[start].replacing("transport_socket:", with: "filters:")])
        let file = try Scratch.write(lines.joined(separator: "\n"), "envoy.yaml", in: folder)
        return [
            try await Peers.program("envoy"), "--config-path", file, "--disable-hot-restart", "--concurrency", "1",
            "--log-level", "warning",
        ]
    }
}

extension Application {
    /// Host and port.
    fileprivate var authority: String { String(url.dropFirst("http://".count).prefix { $0 != "/" }) }
    fileprivate var port: String { String(authority.split(separator: ":").last ?? "") }
}
