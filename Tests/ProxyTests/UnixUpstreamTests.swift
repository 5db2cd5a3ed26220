import Foundation
import Testing

@testable import Proxy

@Suite struct `An application on a Unix socket` {
    private static func path() -> String {
        FileManager.default.temporaryDirectory.appending(path: "gh-\(UUID().uuidString.prefix(8)).sock")
            .path(percentEncoded: false)
    }

    @Test(arguments: ["", "http://"]) func `is asked as any other`(scheme: String) async throws {
        let path = Self.path()
        let upstream = try await ScriptedUpstream.start(at: "unix:" + path)
        let options: (inout Stand.Options) -> Void = { $0.endpoints = ["\(scheme)unix:\(path)"] }
        try await Stand.with(upstreams: [], options: options) { stand in
            for number in 0..<3 {
                let answer = try await stand.ask("PUT /public/\(number)", body: String(repeating: "x", count: 200_000))
                expect(200, of: answer)
                #expect(answer.body.count > 200_000)
            }
            #expect(await upstream.connections == 1)
            #expect(try await stand.report().endpoints.map(\.address) == ["unix:\(path)"])
        }
        await upstream.stop()
        try? FileManager.default.removeItem(atPath: path)
    }

    @Test func `that is not there is answered for with 502, and asked again when it is`() async throws {
        let path = Self.path()
        let options: (inout Stand.Options) -> Void = { $0.endpoints = ["unix:\(path)"] }
        try await Stand.with(upstreams: [], options: options) { stand in
            let answer = try await stand.ask("GET /public/x")
            #expect(answer.status == 502 && answer.text.contains("\"code\":\"upstream_unreachable\""))
            let upstream = try await ScriptedUpstream.start(at: "unix:" + path)
            expect(200, of: try await stand.ask("GET /public/x"))
            await upstream.stop()
            await upstream.closeConnections()
        }
        try? FileManager.default.removeItem(atPath: path)
    }
}
