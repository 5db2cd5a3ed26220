import Foundation
import Testing

/// HTTP/2 as clients speak it that others wrote: curl, nghttp and h2load.
struct HTTP2ClientTests {
    private static let url = "https://www.localhost/"

    @Test(arguments: ["--http2", "--http1.1"])
    func `curl is served by either version`(version: String) async throws {
        let site = try await Site.shared
        let anyone = site.gateway.client()
        let answer = try await anyone.ask(
            Self.url, version, "--header", "X-Gatehouse-User: admin", "--header", "X-Asked: yes", "--write-out",
            "%{http_code} %{http_version}")
        #expect(answer.status == 200 && answer.url == (version == "--http2" ? "2" : "1.1"))
        let received = try answer.received
        #expect(received["x-asked"] == "yes" && received["x-gatehouse-user"] == nil)
        #expect(received["x-forwarded-proto"] == "https")
    }

    @Test(arguments: ["--http2", "--http1.1"])
    func `a body of 8 MiB goes up and comes back by either version`(version: String) async throws {
        try await Site.with(application: try await .scripted()) { site in
            let anyone = site.gateway.client()
            let folder = Scratch.make()
            let file = try Scratch.write("", "large", in: folder)
            _ = unsafe truncate(file, off_t(8 << 20))
            let up = try await anyone.ask(Self.url + "sink", version, "--upload-file", file)
            #expect(up.status == 200 && up.body == String(8 << 20))
            let down = try await anyone.ask(Self.url + "stream?\(8 << 20)", version)
            #expect(down.status == 200 && down.body.utf8.count == 8 << 20)
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    @Test func `nghttp finds nothing amiss, with padding, priorities and a body`() async throws {
        let site = try await Site.shared
        let folder = Scratch.make()
        let file = try Scratch.write(String(repeating: "x", count: 100_000), "body", in: folder)
        for options in [
            [], ["--padding=100"], ["--data=\(file)"], ["--multiply=50"], ["--trailer=x-sum: 1", "--data=\(file)"],
        ] {
            let child = try await Child.start(
                [
                    "nghttp", "--no-verify-peer", "--null-out", "--stat", "--timeout=300",
                    "--header=:authority: www.localhost",
                ]
                    + options + ["https://127.0.0.1:\(site.gateway.httpsPort)/"])
            let code = await child.exitCode
            #expect(code == 0, "\(options): \(child.errorText) \(child.outputText)")
            let lines = child.outputText.split(separator: "\n").filter { $0.contains(" 200 ") }
            #expect(lines.count == (options == ["--multiply=50"] ? 50 : 1), "\(options): \(child.outputText)")
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    @Test func `h2load loses nothing in 20,000 requests over 32 connections of 10 streams`() async throws {
        let site = try await Site.shared
        let child = try await Child.start([
            "h2load", "--requests=20000", "--clients=32", "--max-concurrent-streams=10",
            "--header=:authority: www.localhost", "https://127.0.0.1:\(site.gateway.httpsPort)/",
        ])
        #expect(await child.exitCode == 0)
        #expect(
            child.outputText.contains("20000 total, 20000 started, 20000 done, 20000 succeeded, 0 failed"),
            "\(child.outputText)")
        #expect(child.outputText.contains("status codes: 20000 2xx"), "\(child.outputText)")
    }

    @Test func `a drain under load fails no request`() async throws {
        try await Site.with { site in
            let load = try await Child.start([
                "h2load", "--requests=200000", "--clients=8", "--max-concurrent-streams=10",
                "--header=:authority: www.localhost", "https://127.0.0.1:\(site.gateway.httpsPort)/",
            ])
            try await eventually("there is load") {
                try await site.gateway.metric(#"gatehouse_connections{protocol="HTTP/2"}"#) == 8
            }
            site.gateway.child.send(SIGTERM)
            #expect(await site.gateway.child.exitCode == 0)
            _ = await load.exitCode
            // What was begun was answered; what was not, was never taken: h2load calls both done or not started.
            #expect(load.outputText.contains(" 0 4xx, 0 5xx"), "\(load.outputText)")
        }
    }
}
