/// Which certificate is for which host name: exact, then wildcard.
struct CertificateNames: Sendable {
    private var exact: [String: Int] = [:]
    /// By what follows `*.`: a wildcard stands for exactly one label (RFC 9525, section 6.3).
    private var wildcard: [String: Int] = [:]

    /// `lists` are the names of each certificate. Of two certificates for one name the first is chosen.
    init(_ lists: [[String]]) {
        for (index, names) in lists.enumerated() {
            for name in names {
                if name.hasPrefix("*.") {
                    let rest = String(name.dropFirst(2))
                    wildcard[rest] = wildcard[rest] ?? index
                } else {
                    exact[name] = exact[name] ?? index
                }
            }
        }
    }

    /// The certificate for a host name in lower case.
    func index(for hostname: String) -> Int? {
        if let index = exact[hostname] { return index }
        guard let dot = hostname.firstIndex(of: "."), dot != hostname.startIndex else { return nil }
        return wildcard[String(hostname[hostname.index(after: dot)...])]
    }
}
