import Glibc
import Policy
import Testing

@testable import EventLoop
@testable import Proxy

/// Bodies whose peers are as quick as the gateway: there is always one more piece, and nothing to wait for. Counted in
/// turns of the loop, which are the same on every machine.
@Suite struct `A body that never has to wait` {
    /// What passes, and from where.
    enum Passage: CaseIterable, CustomTestStringConvertible {
        case download, upload, tunnelToClient, tunnelToApplication

        var testDescription: String { "\(self)" }

        private var isTunnel: Bool { self == .tunnelToClient || self == .tunnelToApplication }
        var comesFromClient: Bool { self == .upload || self == .tunnelToApplication }

        var request: EagerKernel.Speech {
            let text =
                switch self {
                case .download: Stand.request("GET /public/x")
                case .upload: Stand.request("PUT /public/x", fields: ["Content-Length: 1000000000000000"])
                case .tunnelToClient, .tunnelToApplication:
                    Stand.request("GET /tunnels/x", fields: ["Upgrade: echo/1", "Connection: upgrade"])
                }
            return EagerKernel.Speech(bytes: Array(text.utf8), isEndless: comesFromClient)
        }

        var answer: EagerKernel.Speech {
            let text =
                switch self {
                case .download: "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n"
                case .upload: ""
                case .tunnelToClient, .tunnelToApplication:
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo/1\r\nConnection: upgrade\r\n\r\n"
                }
            return EagerKernel.Speech(bytes: Array(text.utf8), isEndless: !comesFromClient)
        }
    }

    /// Begins a passage, and turns until it is at full speed; the descriptor that its bytes come from.
    private func begin(_ passage: Passage, on turned: TurnedWorker) throws -> Int32 {
        turned.kernel.with { $0.answer = passage.answer }
        let client = turned.kernel.arrive(passage.request)
        let application = try #require(
            turned.turns(until: { turned.kernel.asked != nil }).flatMap { _ in turned.kernel.asked })
        let source = passage.comesFromClient ? client : application
        _ = try #require(turned.turns(until: { turned.kernel.received(from: source) > 20 }))
        return source
    }

    @Test(arguments: Passage.allCases)
    func `takes its share of every turn, and no more`(passage: Passage) throws {
        let turned = try TurnedWorker()
        defer { turned.end() }
        let source = try begin(passage, on: turned)
        for _ in 0..<20 {
            let before = turned.kernel.received(from: source)
            turned.turn()
            let count = turned.kernel.received(from: source) - before
            #expect(count > 0 && count <= Conversation.stepsATurn)
        }
    }

    @Test(arguments: Passage.allCases)
    func `lets others be answered within a few turns`(passage: Passage) throws {
        let turned = try TurnedWorker()
        defer { turned.end() }
        _ = try begin(passage, on: turned)
        let other = turned.kernel.arrive(EagerKernel.Speech(bytes: Array(Stand.request("GET /none").utf8)))
        let count = try #require(turned.turns(until: { turned.kernel.heard(by: other).hasPrefix("HTTP/1.1 404 ") }))
        #expect(count <= 4)
    }

    @Test(arguments: Passage.allCases)
    func `ends with its right as soon as one that waits`(passage: Passage) throws {
        let turned = try TurnedWorker()
        defer { turned.end() }
        let source = try begin(passage, on: turned)
        #expect(try turned.call { await $0.report() }.streams == 1)
        try turned.reload { options in
            options.conditions["public"] = .signedIn
            options.conditions["tunnels"] = .signedIn
        }
        turned.turn(2)
        let received = turned.kernel.received(from: source)
        turned.turn(10)
        #expect(turned.kernel.received(from: source) == received)
        #expect(try turned.call { await $0.report() }.streams == 0)
    }
}

/// How a worker takes up many connections that come at once.
@Suite struct `A burst of connections` {
    @Test func `is taken up by the turn, and who was first is served meanwhile`() throws {
        let turned = try TurnedWorker()
        defer { turned.end() }
        let request = EagerKernel.Speech(bytes: Array(Stand.request("GET /none").utf8))
        let clients = (0..<12).map { _ in turned.kernel.arrive(request) }
        var accepted: [Int] = []
        while turned.kernel.with({ !$0.arrivals.isEmpty }) {
            try #require(accepted.count < 20)
            let before = turned.kernel.with { $0.arrivals.count }
            turned.turn()
            accepted.append(before - turned.kernel.with { $0.arrivals.count })
            if accepted.count == 3 {
                #expect(turned.kernel.heard(by: clients[0]).hasPrefix("HTTP/1.1 404 "))
                #expect(turned.kernel.heard(by: clients[11]).isEmpty)
            }
        }
        #expect(accepted == [4, 4, 4])
        _ = try #require(turned.turns(until: { clients.allSatisfy { !turned.kernel.heard(by: $0).isEmpty } }))
    }

    @Test func `that break before they are accepted does not keep the worker busy`() throws {
        let turned = try TurnedWorker()
        defer { turned.end() }
        turned.kernel.fail(with: [Int32](repeating: ECONNABORTED, count: 1000))
        let before = turned.kernel.with { $0.accepts }
        turned.turn(100)
        #expect(turned.kernel.with { $0.accepts } - before == 64)
        // Whoever comes behind them is served in the end.
        let client = turned.kernel.arrive(EagerKernel.Speech(bytes: Array(Stand.request("GET /none").utf8)))
        for _ in 0..<20 {
            turned.kernel.pass(.milliseconds(100))
            turned.turn(100)
        }
        #expect(turned.kernel.heard(by: client).hasPrefix("HTTP/1.1 404 "))
    }
}
