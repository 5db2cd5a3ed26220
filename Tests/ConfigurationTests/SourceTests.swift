import Foundation
import Policy
import Testing

@testable import Configuration

/// What values are made of besides the text itself: the environment, other files, aliases.
@Suite struct `A value` {
    @Test(arguments: [
        ("${A}", "alpha"), ("x${A}y${A}", "xalphayalpha"), ("${NONE:-d}", "d"), ("${EMPTY:-d}", "d"), ("${EMPTY}", ""),
        ("${A:-d}", "alpha"), ("${NONE:-}", ""), ("$$", "$"), ("$${A}", "${A}"), ("$A", "$A"), ("a$", "a$"),
        ("${NONE:-a:-b}", "a:-b"), ("${B}", "${A}"), ("no", "no"), ("$$$$", "$$"), ("$ {A}", "$ {A}"),
    ])
    func `takes what it names from the environment, once`(text: String, expected: String) {
        let environment = ["A": "alpha", "EMPTY": "", "B": "${A}"]
        var problems = 0
        #expect(EnvironmentReferences(environment: environment).resolve(text) { _ in problems += 1 } == expected)
        #expect(problems == 0)
    }

    @Test(arguments: [
        ("\"${NONE}\"", "${NONE}, which is not set in the environment; set it, or write ${NONE:-default}"),
        ("\"${A\"", "${ without a }"), ("\"${}\"", "${}, which names no variable"), ("\"${1A}\"", "${1A}, which names"),
        ("\"${A B}\"", "${A B}, which names"), ("\"${A:x}\"", "${A:x}, which names"),
    ])
    func `that names nothing is an error`(text: String, expected: String) {
        let problems = problems(base + "log: {access: \(text)}", environment: ["A": "a"])
        #expect(problems.contains { $0.hasPrefix("4:15: error: \(expected)") }, "\(problems)")
    }

    @Test func `from the environment cannot change the shape of the file`() throws {
        let value = "stdout}\nroutes: [{name: evil, require: anyone, upstream: app}]"
        let snapshot = try snapshot(base + "log: {access: \"${A}\"}", environment: ["A": value])
        #expect(snapshot.routes.routes.isEmpty)
        #expect(snapshot.log.access == .file("/nowhere/" + value))
    }

    @Test func `is a number after the environment was asked`() throws {
        #expect(try snapshot(base + "workers: ${N:-3}").workers == 3)
        #expect(try snapshot(base + "workers: ${N:-3}", environment: ["N": "7"]).workers == 7)
    }

    @Test func `that is secret comes from a file, without the newline at its end`() throws {
        try withFolder(["secret": "postgresql://u:hunter2@h/d\n"]) { folder in
            let snapshot = try snapshot(base + "database: {url: {file: secret}}", folder: folder)
            #expect(snapshot.database.url == "postgresql://u:hunter2@h/d")
            #expect(!"\(snapshot.database)".contains("hunter2"))
            var dumped = ""
            dump(snapshot.database, to: &dumped)
            #expect(!dumped.contains("hunter2"))
            #expect(!String(reflecting: snapshot.database).contains("hunter2"))
        }
    }

    @Test func `that is secret names a file that can be read`() throws {
        try withFolder(["large": String(repeating: "x", count: 2 << 20)]) { folder in
            for (path, reason) in [
                ("none", "there is no such file"), (".", "it is a folder"), ("large", "more than 1024 KiB"),
            ] {
                let problems = problems(base + "database: {url: {file: \(path)}}", folder: folder)
                #expect(problems.count == 1)
                #expect(problems[0].hasPrefix("4:24: error: the file \(path) cannot be read"), "\(problems)")
                #expect(problems[0].contains(reason))
            }
        }
    }

    @Test func `may be an alias, within bounds`() throws {
        let text =
            base + """
                routes:
                  - {name: a, match: {path: /a}, require: &who {users: [ada]}, upstream: app}
                  - {name: b, match: {path: /b}, require: *who, upstream: app}
                """
        #expect(
            try snapshot(text).routes.routes.map(\.requirement.description) == [
                "one of the users ada", "one of the users ada",
            ])
    }

    @Test func `cannot unfold without end (billion laughs)`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        let problems = problems(text)
        #expect(problems.contains { $0.contains("too many values") })
        #expect(problems.count < 40)
    }

    /// What is unfolded into a key is hashed whole, what stands there twice is compared with the other.
    @Test(arguments: [
        "{*a30: 1}", "{? *a30 : 1}", "{[*a30]: 1, [*a30]: 2}", "? *a30\n: 1", "? - *a30\n: 1", "*a30 : 1",
        "{\(nested("a")): 1, \(nested("a")): 2, \(nested("b")): 3, \(nested("b")): 4}",
        "{\(nested("b")), \(nested("b")), \(nested("a")), \(nested("a"))}",
        "- {? \(nested("b")), ? \(nested("b")), ? \(nested("a")), ? \(nested("a"))}",
        ["b", "b", "a", "a"].map { "? \(String(repeating: "- ", count: 100))\($0)\n: 1\n" }.joined(),
    ])
    func `is read in bounded time, whatever its keys are`(end: String) {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...30 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(!problems(text + end).isEmpty)
        #expect(!problems(end).isEmpty)
    }

    private static func nested(_ text: String) -> String {
        String(repeating: "[", count: 100) + text + String(repeating: "]", count: 100)
    }

    @Test(arguments: ["\u{E100}", "\u{E100}\u{E101}"])
    func `keeps its stars and private characters`(characters: String) throws {
        let text =
            base + """
                routes:
                  - {name: "*\(characters)*", match: {path: "/a/*/**"}, require: {users: ['*', a*]}, upstream: app}
                """
        let route = try #require(try snapshot(text).routes.routes.first)
        #expect(route.name == "*\(characters)*")
        #expect(route.requirement.description == "one of the users *, a*")
    }

    @Test(arguments: ["[", "{a: ", "- "])
    func `cannot be nested without end`(opening: String) {
        for depth in [80, 400, 5_000, 100_000] {
            let problems = problems(
                "routes: " + (opening == "- " ? "\n" : "") + String(repeating: opening, count: depth))
            #expect(!problems.isEmpty)
        }
    }

    @Test func `is refused with the whole file when that is not text`() throws {
        try withFolder(["empty.yaml": "", "list.yaml": "- a", "large.yaml": String(repeating: "#", count: 17 << 20)]) {
            folder in
            try Data([0x61, 0x3A, 0xFF, 0xFE]).write(to: URL(filePath: folder + "/binary.yaml"))
            try Data("a: \u{1}".utf8).write(to: URL(filePath: folder + "/control.yaml"))
            let expected = [
                "binary": "it is not UTF-8", "control": "control characters are not allowed",
                "large": "it has more than",
                "none": "there is no such file", "empty": "no listeners", "list": "a list for the configuration",
            ]
            for (name, reason) in expected {
                let outcome = ConfigurationLoader.load(file: "\(folder)/\(name).yaml", environment: [:])
                #expect(outcome.snapshot == nil)
                #expect(outcome.errors.count == 1)
                #expect(outcome.errors.first?.description.contains(reason) == true, "\(outcome.errors)")
                #expect(outcome.errors.first?.description.hasPrefix("\(folder)/\(name).yaml:1:") == true)
            }
            #expect(
                ConfigurationLoader.load(file: folder, environment: [:]).errors.first?.found.contains("it is a folder")
                    == true)
        }
    }
}

@Suite struct `Include` {
    private let main = base + "include: [\"routes.d/*.yaml\"]\n"
    private func route(_ name: String, upstream: String = "app") -> String {
        "routes: [{name: \(name), match: {path: \"/\(name)\"}, require: anyone, upstream: \(upstream)}]\n"
    }

    @Test func `adds upstreams, routes and tests in the order of the names`() throws {
        let files = [
            "g.yaml": main + route("first"), "routes.d/b.yaml": route("b", upstream: "own"),
            "routes.d/a.yaml": route("a") + "upstreams: {own: {endpoints: [\"http://h\"]}}\n"
                + "tests: [{request: \"GET https://h/b\", expect: allow, route: b}]",
            "routes.d/ignored.txt": "not: yaml: at all",
        ]
        try withFolder(files) { folder in
            let outcome = ConfigurationLoader.load(file: folder + "/g.yaml", environment: [:])
            #expect(outcome.diagnostics.map(\.description) == [])
            #expect(outcome.snapshot?.routes.routes.map(\.name) == ["first", "a", "b"])
            #expect(outcome.snapshot?.upstreams.map(\.name) == ["app", "own"])
            #expect(outcome.snapshot?.tests.count == 1)
        }
    }

    @Test func `reports mistakes in the file where they stand, and clashes between files`() throws {
        let files = [
            "g.yaml": main + route("x"), "routes.d/a.yaml": "rutes: []\nworkers: 3\n", "routes.d/b.yaml": route("x"),
            "routes.d/c.yaml": "upstreams: {app: {endpoints: [\"http://h\"]}}",
        ]
        try withFolder(files) { folder in
            let problems = ConfigurationLoader.load(file: folder + "/g.yaml", environment: [:]).errors.map(
                \.description)
            func has(_ text: String) -> Bool { problems.contains { $0.hasPrefix(folder + "/routes.d/" + text) } }
            #expect(has("a.yaml:1:1: error: unknown key \"rutes\" in an included file"), "\(problems)")
            #expect(has("a.yaml:2:1: error: unknown key \"workers\" in an included file"))
            #expect(has("b.yaml:1:10: error: the route x a second time"))
            #expect(has("b.yaml:1:10: error: the route x matches exactly what x matches"))
            #expect(has("c.yaml:1:13: error: the upstream app a second time"))
        }
    }

    @Test func `of nothing is fine by pattern, and an error by name`() throws {
        try withFolder(["g.yaml": base + "include: [\"none/*.yaml\", none.yaml]\n"]) { folder in
            let problems = ConfigurationLoader.load(file: folder + "/g.yaml", environment: [:]).errors
            #expect(problems.map(\.found) == ["the file none.yaml, which does not exist"])
            #expect(problems.first?.location.column == 26)
        }
    }

    @Test func `of a file twice, or of itself, is an error`() throws {
        let files = ["g.yaml": base + "include: [\"*.yaml\", a.yaml, ./a.yaml]\n", "a.yaml": "routes: []"]
        try withFolder(files) { folder in
            let problems = ConfigurationLoader.load(file: folder + "/g.yaml", environment: [:]).errors.map(\.found)
            #expect(problems.count == 3)
            #expect(problems.contains { $0.hasSuffix("g.yaml including itself") })
            #expect(problems.filter { $0.hasSuffix("a.yaml a second time") }.count == 2)
        }
    }
}
