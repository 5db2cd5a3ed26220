import Foundation
import GatehouseTesting
@testable import PostgreSQL
import Testing

@Suite struct `A server that breaks the protocol` {
    private func withFake(
        greeting: [UInt8], answer: [UInt8], _ body: (PostgresPool) async throws -> Void
    ) async throws {
        let server = try FakeServer(greeting: greeting, answer: answer)
        defer { server.stop() }
        let configuration = PostgresConfiguration(
            url: "postgresql://ann@127.0.0.1:\(server.port)/x?sslmode=disable", connections: 1,
            connectTimeout: .seconds(1), queryTimeout: .seconds(1),
            backoff: Backoff(first: .milliseconds(10), most: .milliseconds(10)))
        try await withPool(configuration, body)
    }

    @Test(
        arguments: [
            [], Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), [UInt8](repeating: 0xff, count: 1_000),
            FakeServer.message("R", [0, 0, 0, 99]), FakeServer.message("R", [0, 0, 0, 0], length: 0x7fff_ffff),
            FakeServer.message("R", [], length: 0), FakeServer.message("E", Array("SFATAL\0C28000\0Mno\0\0".utf8)),
            FakeServer.message("E", [], length: 3), FakeServer.message("R", [0, 0, 0, 10] + Array("NONE\0\0".utf8)),
        ] as [[UInt8]]) func `while connecting is given up`(greeting: [UInt8]) async throws
    {
        try await withFake(greeting: greeting, answer: greeting) { pool in
            let error = await failure { try await pool.query("SELECT 1") }
            #expect(error?.isUnavailability == true)
            #expect(pool.statistics.open == 0)
        }
    }

    @Test(
        arguments: [
            [], [0], [UInt8](repeating: 0xff, count: 1_000), FakeServer.message("1", []),
            FakeServer.message("1", []) + FakeServer.message("2", [])
                + FakeServer.message("T", [0, 1] + Array("a\0".utf8) + [UInt8](repeating: 0, count: 18))
                + FakeServer.message("D", [0, 9, 0, 0, 0, 200, 1]),
            FakeServer.message("T", [255, 255]), FakeServer.message("D", [0, 1, 0x7f, 0xff, 0xff, 0xff]),
            FakeServer.message("Z", [UInt8(ascii: "E")]), FakeServer.message("G", [0, 0, 0]),
            FakeServer.message("1", []) + FakeServer.message("2", [])
                + FakeServer.message("C", Array("SELECT 1\0".utf8)),
            FakeServer.message("E", Array("SERROR\0\0".utf8)), FakeServer.message("E", []),
        ] as [[UInt8]]) func `in an answer costs its connection, and ends the query`(answer: [UInt8]) async throws
    {
        try await withFake(greeting: FakeServer.welcome, answer: answer) { pool in
            for _ in 1...2 {
                let error = await failure { try await pool.query("SELECT 1") }
                #expect(error != nil)
            }
            let free = try await eventually { pool.statistics.open == pool.statistics.idle }
            #expect(free)
        }
    }
}

@Suite struct `A value in binary form` {
    /// What a server could send in place of a good value: cut short, too long, with lengths that lie.
    @Test(
        arguments: [
            [], [0], [0, 0, 0], [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1],
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 1, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff, 65],
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe],
            [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 25], [0xff, 0xfe, 0xfd, 0xc0, 0x80, 0xed, 0xa0, 0x80],
            [2, 33, 0, 4, 1, 2], [2, 32, 0, 16, 1, 2, 3, 4], [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0],
        ] as [[UInt8]]) func `that is malformed throws, and never traps`(bytes: [UInt8])
    {
        for type: UInt32 in [16, 17, 20, 21, 23, 25, 114, 650, 700, 701, 869, 1_009, 1_184, 2_950, 3_802, 99_999, 0] {
            expectNoTrap(bytes, type, PostgresBinary.int)
            expectNoTrap(bytes, type, PostgresBinary.double)
            expectNoTrap(bytes, type, PostgresBinary.bool)
            expectNoTrap(bytes, type, PostgresBinary.text)
            expectNoTrap(bytes, type, PostgresBinary.bytes)
            expectNoTrap(bytes, type, PostgresBinary.uuid)
            expectNoTrap(bytes, type, PostgresBinary.timestamp)
            do throws(PostgresError) {
                _ = try PostgresBinary.array(bytes.span, type, PostgresBinary.text)
            } catch {
                expectUnexpected(error)
            }
        }
    }

    private func expectNoTrap<Value>(_ bytes: [UInt8], _ type: UInt32, _ decode: PostgresBinary.Decoder<Value>) {
        do throws(PostgresError) { _ = try decode(bytes.span, type) } catch { expectUnexpected(error) }
    }

    private func expectUnexpected(_ error: PostgresError) {
        guard case .unexpected = error else {
            Issue.record("\(error)")
            return
        }
    }
}

@Suite struct `The address of the server` {
    @Test func `is found by name, off the loop`() async throws {
        let place = try ReservedPort()
        let port = place.port
        try await withServer(settings: ["listen_addresses": "127.0.0.1", "port": "\(port)"]) { _ in
            let configuration = PostgresConfiguration(
                url: "postgresql://gatehouse@localhost:\(port)/postgres", queryTimeout: .seconds(20))
            try await withPool(configuration) { pool in
                let row = try await pool.query("SELECT host(inet_server_addr()) AS address")[0]
                #expect(try row.text("address") == "127.0.0.1")
            }
        }
        // Until here, nobody else could listen there.
        withExtendedLifetime(place) {}
    }

    @Test(arguments: [
        ("postgresql:///x?host=/run/postgresql", false), ("postgresql://127.0.0.1/x", false),
        ("postgresql://[::1]:5432/x", false), ("host=db.example.com hostaddr=10.0.0.1", false),
        ("postgresql://localhost/x", true), ("postgresql://127.0.0.1,localhost/x", true),
    ]) func `needs looking up only where it is a name`(url: String, isName: Bool) throws {
        #expect(try ConnectionParameters(url: url).needsResolution == isName)
    }

    @Test func `keeps each host's name and port beside its addresses`() throws {
        let parameters = try ConnectionParameters(url: "postgresql://127.0.0.9:1,localhost:2/x").resolved().all
        func lists(_ keyword: String) -> [Substring] {
            parameters.first { $0.keyword == keyword }?.value.split(separator: ",") ?? []
        }
        #expect(lists("hostaddr").first == "127.0.0.9")
        #expect(lists("hostaddr").contains { $0 == "127.0.0.1" || $0 == "::1" })
        #expect(lists("host").first == "127.0.0.9" && lists("host").last == "localhost")
        #expect(lists("port").first == "1" && lists("port").last == "2")
        #expect(lists("host").count == lists("hostaddr").count && lists("host").count == lists("port").count)
    }
}
