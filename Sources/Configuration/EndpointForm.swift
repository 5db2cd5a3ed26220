/// How an endpoint is written.
enum EndpointForm {
    static let allowed = "http://host:port, https://host:port, h2://host:port, h2c://host:port or unix:/path"

    /// The schemes, and whether they mean TLS.
    private static let schemes = [("http://", false), ("https://", true), ("h2://", true), ("h2c://", false)]

    static func isSecure(_ url: String) -> Bool {
        schemes.contains { url.hasPrefix($0.0) && $0.1 }
    }

    static func isValid(_ url: String) -> Bool {
        if url.hasPrefix("unix:/") { return AddressRange.isListenAddress(url) }
        guard let scheme = schemes.first(where: { url.hasPrefix($0.0) }) else { return false }
        let rest = url.dropFirst(scheme.0.count)
        if rest.hasPrefix("unix:/") { return !scheme.1 && AddressRange.isListenAddress(String(rest)) }
        // Nothing but an authority: the path is the request's.
        return Authority(rest) != nil
    }

    static func speaksHTTP2(_ url: String) -> Bool { url.hasPrefix("h2://") || url.hasPrefix("h2c://") }

    /// What somebody may have meant.
    static func hint(_ url: String) -> String? {
        if !url.contains("://"), !url.hasPrefix("unix:") { return "did you mean \"http://\(url)\"?" }
        return nil
    }
}
