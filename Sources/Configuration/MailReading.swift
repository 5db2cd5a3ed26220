/// Reads `mail`.
struct MailReading {
    let diagnostics: Diagnostics
    let folder: String

    /// Nil: there is no such section, and mail waits.
    func read(_ node: Node?) -> MailSettings? {
        guard let node, let map = MapReader(node, .mail, diagnostics, folder: folder) else { return nil }
        let from = map.require("from", .mail, fix: "add from: \"Name <no-reply@example.com>\"")
            .flatMap { map.text($0, allowed: "an address, perhaps with a name before it") }
        let delivery = delivery(map)
        guard let from, let delivery else { return nil }
        var settings = MailSettings(from: from, delivery: delivery, location: node.location)
        if let language = map.text("language") { settings.language = language }
        settings.templates = map["templates"].flatMap(map.path)
        return settings
    }

    private func delivery(_ map: MapReader) -> MailSettings.Delivery? {
        switch (map["smtp"], map["folder"]) {
        case (let server?, nil):
            if let node = map["show"] { diagnostics.error(node, "show without folder", fix: "take it away") }
            return smtp(server).map { .smtp($0) }
        case (nil, let place?):
            let isShown = map.boolean("show") ?? false
            return map.path(place).map { .folder($0, isShown: isShown) }
        case (let server?, .some):
            diagnostics.error(server, "smtp and folder", allowed: "one of them")
        case (nil, nil):
            diagnostics.error(map.node, "mail without a way to send it", fix: "add smtp: {url: …} or folder: PATH")
        }
        return nil
    }

    private func smtp(_ node: Node) -> MailSettings.SMTP? {
        guard let map = MapReader(node, .smtp, diagnostics, folder: folder),
            let place = map.require("url", .smtp, fix: "add url: smtp://mail.example.com:587"),
            let url = map.text(place, allowed: "smtp://host:port or smtps://host:port")
        else { return nil }
        guard let host = Self.host(url) else {
            diagnostics.error(
                place, "\"\(url)\"", allowed: "smtp://host:port or smtps://host:port, without a name or password")
            return nil
        }
        var server = MailSettings.SMTP(url: url)
        server.username = map.text("username")
        server.password = map.secret("password")
        server.authorities = map["ca"].flatMap(map.path)
        if let timeout = map.duration("timeout") { server.timeout = min(timeout, .seconds(120)) }
        if let isRequired = map.choice("tls", [("required", true), ("none", false)]) {
            server.requiresTLS = isRequired
        }
        if (server.username == nil) != (server.password == nil) {
            diagnostics.error(node, "a username without a password, or the other way round", fix: "give both, or none")
        }
        if !server.requiresTLS, !Self.isLoopback(host) {
            if server.username != nil {
                diagnostics.error(
                    node, "a password that would travel in the open",
                    fix: "take tls: none away; required is the default")
            } else {
                diagnostics.warning(
                    node, "mails, and the secret links in them, travel in the open to \(host)",
                    fix: "take tls: none away; required is the default")
            }
        }
        return server
    }

    /// The host of an SMTP URL; nil if it is none, or holds a login: passwords have a key of their own.
    private static func host(_ url: String) -> String? {
        guard let scheme = ["smtp://", "smtps://"].first(where: { url.hasPrefix($0) }) else { return nil }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@"), !rest.contains(where: { $0.isWhitespace || $0 == "?" || $0 == "#" }),
            rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        let host: Substring
        let port: Substring
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[...end]
            port = authority[authority.index(after: end)...]
        } else {
            host = authority.prefix { $0 != ":" }
            port = authority.dropFirst(host.count)
        }
        guard !host.isEmpty else { return nil }
        if !port.isEmpty {
            guard port.hasPrefix(":"), let number = UInt16(port.dropFirst()), number > 0 else { return nil }
        }
        return String(host)
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "[::1]" || (host.hasPrefix("127.") && AddressRange.isValid(host))
    }
}
