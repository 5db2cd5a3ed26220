/// The one spelling of a host that cookies and tickets are bound to: lower case, without port.
package enum HostBinding {
    /// Takes the host out of an authority such as `Example.com:8443` or `[::1]:8443`.
    package static func host(ofAuthority authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("[") { return text.prefix { $0 != "]" } + "]" }
        return String(text.prefix { $0 != ":" })
    }
}
