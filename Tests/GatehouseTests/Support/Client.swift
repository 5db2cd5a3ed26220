import Foundation
import Testing

/// Somebody who talks to a gateway over HTTPS: curl, with the cookies of one browser or of one session.
struct Client {
    let port: Int
    let jar: String
    let session: String?

    /// Asks once. Follows no redirect.
    @discardableResult
    func ask(_ url: String, _ options: String...) async throws -> Answer {
        try await Curl.ask(await common + options + [url])
    }

    /// Follows redirects to their end, as a browser does that loads a page.
    func load(_ url: String, _ options: String...) async throws -> Answer {
        try await Curl.ask(await common + Self.navigation + ["--location"] + options + [url])
    }

    /// Fills in and sends the login page that loading `url` leads to.
    func signIn(_ username: String, password: String = People.password, at url: String) async throws -> Answer {
        let page = try await load(url)
        try #require(page.url.contains("/.gatehouse/login"), "\(page.url) is no login page")
        return try await send(page.form(["username": username, "password": password]), to: page)
    }

    /// Sends a form where the page that holds it says, and follows where that leads.
    func send(_ form: [String: String], to page: Answer) async throws -> Answer {
        let fields = form.flatMap { ["--data-urlencode", "\($0.key)=\($0.value)"] }
        let origin = page.url.split(separator: "/", maxSplits: 3).prefix(2).joined(separator: "//")
        let target = page.url.prefix { $0 != "?" }
        return try await Curl.ask(
            await common + Self.navigation + ["--location", "--header", "Origin: \(origin)"] + fields + [String(target)]
        )
    }

    /// The options of every request, to start a long-lived curl with.
    var common: [String] {
        get async throws {
            let cookies =
                session.map { ["--cookie", "__Host-gatehouse=\($0)"] } ?? ["--cookie", jar, "--cookie-jar", jar]
            return try await [
                "--cacert", Certificates.shared.authority, "--connect-to", "::127.0.0.1:\(port)",
            ] + cookies
        }
    }

    private static let navigation = [
        "--header", "Accept: text/html", "--header", "Sec-Fetch-Mode: navigate", "--header", "Sec-Fetch-Dest: document",
        "--header", "Sec-Fetch-Site: same-origin",
    ]
}

/// What came back.
struct Answer {
    let status: Int
    /// Where it came from, after all redirects.
    let url: String
    /// The fields of the last head.
    let fields: [(name: String, value: String)]
    let body: String

    subscript(field: String) -> String? { fields.first { $0.name.lowercased() == field.lowercased() }?.value }

    var object: [String: Any] {
        get throws {
            let value = try? JSONSerialization.jsonObject(with: Data(body.utf8))
            return try #require(value as? [String: Any], "\(status): \(body)")
        }
    }

    /// The headers that the demo application saw, by their names in lower case; the last of each name.
    var received: [String: String] {
        get throws {
            let headers = try #require(try object["headers"] as? [[String: String]])
            return Dictionary(headers.map { ($0["name", default: ""].lowercased(), $0["value", default: ""]) }) { $1 }
        }
    }

    /// The hidden fields of the page's form, and what was filled in.
    func form(_ filled: [String: String] = [:]) -> [String: String] {
        var form = filled
        for tag in body.matches(of: #/<input[^>]*type="hidden"[^>]*>/#) {
            guard let name = tag.0.firstMatch(of: #/name="([^"]*)"/#),
                let value = tag.0.firstMatch(of: #/value="([^"]*)"/#)
            else { continue }
            form[String(name.1)] = String(value.1).replacing("&amp;", with: "&").replacing("&#x3D;", with: "=")
        }
        return form
    }
}

/// The command curl, one request a run.
enum Curl {
    static func ask(_ options: [String]) async throws -> Answer {
        let folder = Scratch.make()
        let head = "\(folder)/head"
        let body = "\(folder)/body"
        let child = try await Child.start(
            ["curl", "--silent", "--show-error", "--max-time", "900", "--dump-header", head, "--output", body]
                + ["--write-out", "%{http_code} %{url_effective}"] + options, folder: folder)
        let code = await child.exitCode
        let words = child.outputText.split(separator: " ", maxSplits: 1)
        guard code == 0, words.count == 2, let status = Int(words[0]) else { throw CurlFailure(code, child.errorText) }
        let last = Scratch.text(head).components(separatedBy: "\r\n\r\n").filter { !$0.isEmpty }.last ?? ""
        let fields = last.components(separatedBy: "\r\n").dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        return Answer(status: status, url: String(words[1]), fields: fields, body: Scratch.text(body))
    }
}

/// Why curl had no answer; 7 is a refused connection (curl(1), exit codes).
struct CurlFailure: Error, CustomStringConvertible {
    let code: Int32
    let description: String

    init(_ code: Int32, _ text: String) {
        self.code = code
        description = "curl ended with \(code): \(text)"
    }
}
