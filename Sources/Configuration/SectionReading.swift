import Foundation

/// Reads the sections that every gateway has one of.
struct SectionReading {
    let diagnostics: Diagnostics
    let folder: String

    private func reader(_ node: Node?, _ section: Section) -> MapReader? {
        node.flatMap { MapReader($0, section, diagnostics, folder: folder) }
    }

    func database(_ node: Node?) -> DatabaseSettings {
        var settings = DatabaseSettings()
        guard let map = reader(node, .database) else { return settings }
        if let url = map.secret("url") { settings.url = url }
        if let connections = map.integer("connections", 1...1000) { settings.connections = connections }
        if let staleness = map.duration("staleness") { settings.staleness = staleness }
        if let timeout = map.duration("connect_timeout") { settings.connectTimeout = timeout }
        if let timeout = map.duration("query_timeout") { settings.queryTimeout = timeout }
        return settings
    }

    func sessions(_ node: Node?) -> SessionSettings {
        var settings = SessionSettings()
        guard let map = reader(node, .sessions) else { return settings }
        if let idle = map.duration("idle") { settings.idle = idle }
        if let lifetime = map.duration("lifetime") { settings.lifetime = lifetime }
        if let count = map.integer("per_user", 1...10_000) { settings.perUserMax = count }
        if let count = map.integer("cache", 1...10_000_000) { settings.cachedMax = count }
        if map.isOff("remember") {
            settings.remembered = nil
        } else if let remembered = map.duration("remember") {
            settings.remembered = remembered
        }
        if let rotation = map.duration("rotate") { settings.rotation = rotation }
        if let grace = map.duration("rotation_grace", atLeast: .zero) { settings.rotationGrace = grace }
        return settings
    }

    func accounts(_ node: Node?) -> AccountSettings {
        var settings = AccountSettings()
        if let node, case .scalar("off") = node.content {
            settings.isOn = false
            return settings
        }
        guard let map = reader(node, .accounts) else { return settings }
        if let length = map.integer("password_length", 8...64) { settings.passwordLengthMin = length }
        if let node = map["breached_passwords"], let path = map.path(node) {
            if FileManager.default.isReadableFile(atPath: path) {
                settings.breachedPasswords = path
            } else {
                diagnostics.error(
                    node, "\"\(path)\", which cannot be read", allowed: "a file with a SHA-1 on each line")
            }
        }
        if !map.says("auto", for: "hashing_threads"), let threads = map.integer("hashing_threads", 1...64) {
            settings.hashingThreads = threads
        }
        if let queue = map.integer("hashing_queue", 1...10_000) { settings.hashingQueueMax = queue }
        let registrations = AccountSettings.Registration.allCases.map { ($0.rawValue, $0) }
        if let registration = map.choice("registration", registrations) { settings.registration = registration }
        let verifications = AccountSettings.EmailVerification.allCases.map { ($0.rawValue, $0) }
        if let verification = map.choice("verify_email", verifications) { settings.verifyEmail = verification }
        if let node = map["public_url"], let url = map.text(node, allowed: "https://host[:port]") {
            if Self.isOrigin(url) {
                settings.publicURL = url.hasSuffix("/") ? String(url.dropLast()) : url
            } else {
                diagnostics.error(node, "\"\(url)\"", allowed: "https://host or https://host:port, without a path")
            }
        }
        return settings
    }

    private static func isOrigin(_ url: String) -> Bool {
        guard url.hasPrefix("https://"), let line = RequestLine(method: "GET", url: url) else { return false }
        return line.path == "/" && line.query == nil && !url.contains("?")
    }

    func log(_ node: Node?) -> LogSettings {
        var settings = LogSettings()
        guard let map = reader(node, .log) else { return settings }
        let levels = ["debug", "info", "notice", "warning", "error"]
        if let level = map.choice("level", levels.map { ($0, $0) }) { settings.level = level }
        if let node = map["access"], let text = map.text(node, allowed: "stdout, stderr, none or a file") {
            switch text {
            case "stdout": settings.access = .standardOutput
            case "stderr": settings.access = .standardError
            case "none": settings.access = .none
            default: settings.access = .file(FileText.absolute(text, in: folder))
            }
        }
        return settings
    }

    func trustedProxies(_ map: MapReader) -> [String] {
        map.list("trusted_proxies", of: "CIDRs").compactMap { node in
            guard let text = map.text(node, allowed: "a CIDR like 10.0.0.0/8") else { return nil }
            guard AddressRange.isValid(text) else {
                diagnostics.error(node, "\"\(text)\"", allowed: "an address or CIDR like 10.0.0.0/8 or fd00::/8")
                return nil
            }
            return text
        }
    }
}
