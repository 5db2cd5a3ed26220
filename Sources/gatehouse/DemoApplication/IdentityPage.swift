import Foundation

/// The page of the demo application: what the gateway said about who is asking, and all else that arrived.
struct IdentityPage {
    let method: String
    let target: String
    let fields: [(name: String, value: String)]
    let bodyBytes: Int

    /// What the page highlights, by the header that carries it.
    private static let identity = [
        ("x-gatehouse-user", "User"), ("x-gatehouse-name", "Name"), ("x-gatehouse-email", "Email"),
        ("x-gatehouse-plant", "Plant"), ("x-gatehouse-role", "Role in this plant"),
        ("x-gatehouse-roles", "Roles everywhere"), ("x-gatehouse-user-id", "User id"),
        ("x-gatehouse-session-id", "Session id"), ("x-request-id", "Request id"),
    ]

    /// The same facts for programs.
    func json() -> [UInt8] {
        struct Facts: Encodable {
            struct Field: Encodable {
                let name: String
                let value: String
            }
            let method: String
            let target: String
            let headers: [Field]
            let bodyBytes: Int
        }
        let facts = Facts(
            method: method, target: target, headers: fields.map { Facts.Field(name: $0.name, value: $0.value) },
            bodyBytes: bodyBytes)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        // Strings and a number: there is nothing in it that could not be encoded.
        return (try? encoder.encode(facts)).map(Array.init) ?? []
    }

    func html() -> [UInt8] {
        let known = Self.identity.compactMap { header, label in
            first(header).map { "<dt>\(label)</dt><dd>\(escaped($0.removingPercentEncoding ?? $0))</dd>" }
        }
        let rows = fields.map { "<tr><th scope=\"row\">\(escaped($0.name))</th><td>\(escaped($0.value))</td></tr>" }
        let greeting =
            (first("x-gatehouse-name") ?? first("x-gatehouse-user"))
            .map { "Hello, \(escaped($0.removingPercentEncoding ?? $0))" } ?? "Hello, whoever you are"
        let page = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Demo application</title>
            <style>
            :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
            body { max-width: 46rem; margin: 3rem auto; padding: 0 1.25rem; }
            h1 { margin-bottom: .25rem; } .request { color: GrayText; font-family: ui-monospace, monospace; }
            dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem; margin: 1.5rem 0; }
            dt { color: GrayText; } dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
            table { border-collapse: collapse; width: 100%; font: .85rem/1.4 ui-monospace, monospace; }
            th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; overflow-wrap: anywhere; }
            th { font-weight: 400; color: GrayText; white-space: nowrap; } tr + tr { border-top: 1px solid #8884; }
            </style>
            </head>
            <body>
            <h1>\(greeting)</h1>
            <p class="request">\(escaped(method)) \(escaped(target))</p>
            <dl>\(known.isEmpty ? "<dt>Nobody</dt><dd>This request carries no identity.</dd>" : known.joined())</dl>
            <p>This application has no login page and no user table. It reads what the gateway tells it.
            <a href="/.gatehouse/logout">Sign out</a></p>
            \(isLive ? Self.live : "<p><a href=\"?live\">Keep a stream open</a> and see it end when the right to it does.</p>")
            <h2>Everything that arrived</h2>
            <table>\(rows.joined())</table>
            </body>
            </html>

            """
        return Array(page.utf8)
    }

    private var isLive: Bool { target.hasSuffix("?live") }

    /// A stream of server-sent events at the page's own address, and what becomes of it.
    private static let live = """
        <p role="status" id="live">Opening a stream …</p>
        <script>
        const said = document.getElementById("live");
        const events = new EventSource(location.pathname);
        events.onmessage = event => { said.textContent = `The stream is open for ${event.data} s.`; };
        events.onerror = () => { events.close(); said.textContent = "The stream was ended."; };
        </script>
        """

    private func first(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name }?.value
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
