/// Reads `listeners`.
struct ListenerReading {
    let diagnostics: Diagnostics
    let folder: String
    let trustedProxies: [String]

    func read(_ map: MapReader) -> [ListenerSettings] {
        guard map["listeners"] != nil else {
            diagnostics.error(
                map.node, "no listeners", fix: "say where to listen: listeners: [{address: 0.0.0.0:8443, tls: …}]")
            return []
        }
        let nodes = map.list("listeners", of: "listeners")
        if let place = map["listeners"], place.hasNoItems {
            diagnostics.error(place, "an empty list", allowed: "at least one listener")
        }
        var addresses: [String: SourceLocation] = [:]
        return nodes.compactMap { node in
            guard let listener = read(node) else { return nil }
            let isFree = listener.address.hasSuffix(":0")
            if !isFree, let other = addresses.updateValue(node.location, forKey: listener.address) {
                diagnostics.error(node, "the address \(listener.address) a second time", fix: "it is also at \(other)")
            }
            return listener
        }
    }

    private func read(_ node: Node) -> ListenerSettings? {
        guard let map = MapReader(node, .listener, diagnostics, folder: folder) else { return nil }
        let address = map.require("address", .listener, fix: "say where to listen, as 0.0.0.0:8443")
            .flatMap { map.text($0, allowed: "an address") }
        if let address, let place = map["address"], !AddressRange.isListenAddress(address) {
            diagnostics.error(
                place, "\"\(address)\"", allowed: "an address and a port, like 0.0.0.0:8443, [::]:8443 or 127.0.0.1:0")
        }
        let purposes = ["tls", "redirect", "serve"].filter { map[$0] != nil }
        if purposes.count > 1 {
            diagnostics.error(node, purposes.joined(separator: " and ") + " in one listener", allowed: "one of them")
        }
        let purpose: ListenerSettings.Purpose
        if map["redirect"] != nil {
            guard map.choice("redirect", [("https", ())]) != nil else { return nil }
            purpose = .redirectToHTTPS
        } else if map["serve"] != nil {
            guard map.choice("serve", [("operations", ())]) != nil else { return nil }
            purpose = .operations
        } else if let tls = map["tls"] {
            purpose = .gateway(certificates(tls))
        } else {
            diagnostics.warning(
                node, "a listener without tls: passwords and cookies would travel in the open",
                fix: "add tls: {certificates: […]}, redirect: https or serve: operations")
            purpose = .gateway([])
        }
        let expectsProxyHeader = map.boolean("proxy_protocol") ?? false
        if expectsProxyHeader, trustedProxies.isEmpty, address?.hasPrefix("unix:") == false {
            diagnostics.error(
                map["proxy_protocol"] ?? node, "proxy_protocol without trusted_proxies: nobody could connect",
                fix: "name the proxies in trusted_proxies: [10.0.0.0/8]")
        }
        let strictTransport = map["tls"].flatMap(strictTransport)
        return address.map {
            ListenerSettings(
                address: $0, purpose: purpose, expectsProxyHeader: expectsProxyHeader, strictTransport: strictTransport)
        }
    }

    /// Reads `hsts`; without it browsers are told for a year.
    private func strictTransport(_ tls: Node) -> StrictTransport? {
        guard case .map(let entries) = tls.content, let node = entries.first(where: { $0.name == "hsts" })?.value else {
            return StrictTransport()
        }
        switch node.content {
        case .scalar("off"): return nil
        // Said already.
        case .null: return StrictTransport()
        default: break
        }
        var settings = StrictTransport()
        guard case .map = node.content, let map = MapReader(node, .hsts, diagnostics, folder: folder) else {
            diagnostics.error(node, node.kind, allowed: "off, or a map with max_age, include_subdomains and preload")
            return nil
        }
        if let value = map.duration("max_age", atLeast: .zero) { settings.maxAge = value }
        if let value = map.boolean("include_subdomains") { settings.includesSubdomains = value }
        if let value = map.boolean("preload") { settings.preload = value }
        if settings.preload, !settings.includesSubdomains || settings.maxAge < .seconds(365 * 86_400) {
            diagnostics.error(
                map["preload"] ?? node, "preload without include_subdomains: true and a max_age of 365d",
                fix: "browsers take it with both only")
        }
        return settings
    }

    private func certificates(_ node: Node) -> [CertificatePair] {
        guard let tls = MapReader(node, .tls, diagnostics, folder: folder) else { return [] }
        let nodes = tls.list("certificates", of: "{certificate, key}")
        if nodes.isEmpty, tls["certificates"]?.isList != false {
            diagnostics.error(
                node, "tls without certificates", fix: "add certificates: [{certificate: site.pem, key: site.key}]")
        }
        return nodes.compactMap { node in
            guard let map = MapReader(node, .certificate, diagnostics, folder: folder) else { return nil }
            let certificate = map.require("certificate", .certificate, fix: "name its PEM file").flatMap(map.path)
            let key = map.require("key", .certificate, fix: "name its PEM file").flatMap(map.path)
            guard let certificate, let key else { return nil }
            return CertificatePair(certificate: certificate, key: key, location: node.location)
        }
    }
}
