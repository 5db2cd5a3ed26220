import Configuration
import Policy
import Testing

/// What would let too many in, or somebody else, if it were passed over.
@Suite struct `A problem in a route` {
    private func expect(_ route: String, _ messages: [String]) {
        expectProblems(base + "routes: [" + route + "]", messages)
    }

    @Test(arguments: [
        ("{name: a, match: {host: §~}, require: anyone, upstream: app}", "nothing for host"),
        ("{name: a, match: {path: §null}, require: anyone, upstream: app}", "nothing for path"),
        ("{name: a, match: §~, require: anyone, upstream: app}", "nothing for match"),
        ("{name: a, match: {path: \"/{plant}\"}, require: {role: §~, users: [a]}, upstream: app}", "nothing for role"),
        ("{name: a, require: {methods: §~, signed_in: true}, upstream: app}", "nothing for methods"),
        ("{name: a, require: {any_role: §~, signed_in: true}, upstream: app}", "nothing for any_role"),
        ("{name: a, plant: §~, require: anyone, upstream: app}", "nothing for plant"),
        ("{name: a, require: anyone, identity: §~, upstream: app}", "nothing for identity"),
    ])
    func `that leaves a value out is an error, not a wider route`(marked: String, message: String) {
        expect(marked, [message])
    }

    @Test(arguments: [
        ("{methods: §[], signed_in: true}", "an empty list for methods; at least one entry"),
        ("{any_role: §[]}", "an empty list for any_role"), ("{users: §[]}", "an empty list for users"),
        ("{any_role: §[\"\"]}", "an empty entry in any_role"), ("{users: §[a, \"\"]}", "an empty entry in users"),
        ("{users: §ada}", "\"ada\"; a list of users"), ("{users: [§[a]]}", "a list; users"),
        ("{methods: §GET, signed_in: true}", "\"GET\"; a list of methods"),
        ("{methods: [§get], signed_in: true}", "a method in upper case"),
        ("{methods: [§\"GET \"], signed_in: true}", "a method in upper case"),
        ("§{methods: [GET]}", "a requirement that requires nothing"), ("§{}", "a requirement that requires nothing"),
        ("{signed_in: §false}", "\"false\" for signed_in; true"), ("{anyone: §\"yes\"}", "\"yes\" for anyone; true"),
        ("§{anyone: true, signed_in: true}", "anyone together with another requirement"),
        ("§{anyone: true, any_role: [A]}", "anyone together with another requirement"),
        ("{§rol: admin, signed_in: true}", "did you mean \"role\"?"),
        ("§nobody", "\"nobody\" for require; anyone, signed_in"),
        ("§signedin", "did you mean \"signed_in\"?"), ("§[]", "an empty list"),
        ("[§anyone]", "\"anyone\" for require; a map"),
        ("[{signed_in: true}, §{anyone: true}]", "never reached; those before it cover every method"),
        (
            "[{methods: [GET, PUT], anyone: true}, §{methods: [PUT, GET], signed_in: true}]",
            "never reached; those before it cover PUT, GET"
        ),
        ("[{methods: [GET], anyone: true}, §{methods: [GET], signed_in: true}, {signed_in: true}]", "never reached"),
        ("§{role: operator}", "a role on a route that is about no plant"),
        ("§[{methods: [GET], signed_in: true}, {role: admin}]", "a role on a route that is about no plant"),
        ("{methods: [§GTE], signed_in: true}", "warning: the unusual method GTE; did you mean GET?"),
    ])
    func `with what it requires is never taken for less`(marked: String, message: String) {
        expect("{name: a, require: \(marked), upstream: app}", [message])
        // One on trial is read alike: what it counts must be what would be enforced.
        let trial = marked == "[§anyone]" ? message : message.replacing("for require", with: "for shadow")
        expect("{name: a, require: anyone, shadow: \(marked), upstream: app}", [trial])
    }

    @Test(arguments: ["PURGE", "PROPFIND", "M-SEARCH", "REPORT"])
    func `is none in a method that is merely rare`(method: String) throws {
        let requirement = "{methods: [\(method)], signed_in: true}"
        #expect(problems(base + "routes: [{name: a, require: \(requirement), upstream: app}]") == [])
    }

    @Test(arguments: [
        ("§\"\"", "\"\"; a name of 1 to 128 bytes"), ("§\"a\\nb\"", "without control characters"),
        ("§\"a\\u0085\"", "without control characters"), ("§[a]", "a list; a name"),
    ])
    func `with its name says what names are`(marked: String, message: String) {
        expect("{name: \(marked), require: anyone, upstream: app}", [message])
    }

    @Test(arguments: [
        ("{X-A: §\"{usr}\"}", "text with any of {user_id}, {user}"), ("{X-A: §\"{user\"}", "text with any of"),
        ("{X-A: §\"a\\r\\nX-B: b\"}", "visible ASCII"), ("{Host: §\"{user}\"}", "the header name \"Host\""),
        ("{transfer_encoding: §x}", "the header name"), ("{\"X A\": §\"{user}\"}", "the header name \"X A\""),
        ("§{X-A: \"{user}\", x_a: \"{email}\"}", "a second time"), ("§[gatehouse]", "a list; a preset, or a map"),
        ("§gatehous", "did you mean \"gatehouse\"?"), ("{X-A: §[a]}", "a list; a template"),
    ])
    func `with its identity is told header by header`(marked: String, message: String) {
        expect("{name: a, require: anyone, identity: \(marked), upstream: app}", [message])
    }

    @Test func `with two headers is told of both`() {
        expect(
            "{name: a, require: anyone, identity: {Cookie: §\"{user}\", X-A: §\"{x}\"}, upstream: app}",
            ["the header name \"Cookie\"", "text with any of"])
    }

    @Test func `in its match does not bring a second one about its plant`() {
        expect(
            "{name: a, match: {path: §\"plants/{plant}\"}, require: {role: admin}, upstream: app}",
            ["does not begin with /"])
        expect("{name: a, match: §x, require: {role: admin}, upstream: app}", ["\"x\" for match"])
        expect("{name: a, plant: §\"\", require: {role: admin}, upstream: app}", ["an empty plant"])
    }

    @Test func `is told together with its others`() {
        expect(
            "§§{match: {host: §\"a b\"}, require: {users: §[]}, encoded_slashes: §yes, body: §much}",
            ["without name", "without upstream", "the label \"a b\"", "an empty list", "refuse, allow", "a size like"])
    }
}

@Suite struct `A problem in what a route lets through` {
    @Test(arguments: [
        ("upgrades: §websocket", "a list of protocols"), ("upgrades: [§[a]]", "a list; a protocol"),
        ("upgrades: [§\"\"]", "the name of a protocol, like websocket"),
        ("upgrades: [§\"a b\"]", "the name of a protocol"),
        ("upgrades: [websocket, §h2c]", "\"h2c\" among upgrades…requests would pass the gateway without a decision"),
        ("upgrades: [§HTTP/2.0]", "among upgrades"), ("upgrades: [§TLS/1.3]", "among upgrades"),
        ("origins: §https://a.example", "a list of origins"),
        ("origins: [§a.example]", "https://host or https://host:port"),
        ("origins: [§\"https://a.example/\"]", "as browsers send it"),
        ("origins: [§\"https://*.example\"]", "as browsers"),
        ("rate: §100", "\"100\" for rate; a map with per, requests"),
        ("rate: §{}", "rate without requests; say how many"),
        ("rate: {requests: §0}", "1 to 1000000"), ("rate: {requests: 1, per: §person}", "address, user"),
        ("rate: {requests: 1, window: §500ms}", "a duration like"),
        ("rate: {requests: 1, window: §2d}", "from 1s to 1d"),
        ("rate: {requests: §20000, window: 1s}", "more than 10000 requests a second"),
        ("rate: {requests: 1, burst: §0}", "1 to 1000000"),
        ("rate: {requests: 1, §bursts: 2}", "did you mean \"burst\"?"),
        ("origins: [§null]", "an origin"), ("§upgrade: [websocket]", "did you mean \"upgrades\"?"),
    ])
    func `is told where it is`(marked: String, message: String) {
        expectProblems(base + "routes: [{name: a, require: anyone, upstream: app, \(marked)}]", [message])
    }

    @Test func `is none in a star, alone or with others`() throws {
        for text in ["[\"*\"]", "[https://a.example, \"*\"]"] {
            let route = "{name: a, require: anyone, upstream: app, origins: \(text)}"
            #expect(try snapshot(base + "routes: [\(route)]").routes.routes[0].origins == .any)
        }
    }
}
