/// What a page may load, and where its forms may lead (Content Security Policy, level 3).
struct ContentSecurityPolicy: Sendable {
    private let formSources: [String]

    /// A page without forms.
    static let withoutForms = ContentSecurityPolicy(formSources: ["'none'"])
    /// A page whose forms lead to its own host.
    static let ownForms = ContentSecurityPolicy(formSources: ["'self'"])

    private init(formSources: [String]) { self.formSources = formSources }

    /// A page whose form is answered with a redirect to `target`.
    ///
    /// Chromium holds every redirect that follows a form against `form-action`, those of the application included. So
    /// the host that the person is on the way to is named, and, since applications like to send people from
    /// `example.com` to `www.example.com` or back, the hosts below it and the one above it.
    init(formsLeadingTo target: WebOrigin?) {
        guard let target else {
            self = .ownForms
            return
        }
        // An IPv6 address cannot be written in a policy: only its scheme can.
        guard !target.host.hasPrefix("[") else {
            self.init(formSources: ["'self'", "\(target.scheme):"])
            return
        }
        let port = target.port.map { ":\($0)" } ?? ""
        var hosts = [target.host]
        let labels = target.host.split(separator: ".")
        let isAddress = labels.last?.utf8.allSatisfy { (0x30...0x39).contains($0) } ?? true
        if !isAddress { hosts.append("*." + target.host) }
        if labels.count > 2, !isAddress { hosts.append(labels.dropFirst().joined(separator: ".")) }
        self.init(formSources: ["'self'"] + hosts.map { "\(target.scheme)://\($0)\(port)" })
    }

    var text: String {
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action \(formSources.joined(separator: " ")); "
            + "base-uri 'none'; frame-ancestors 'none'"
    }
}
