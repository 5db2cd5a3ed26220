import CPQ
import Glibc

/// A libpq connection string, taken apart, and completed with what this client needs.
struct ConnectionParameters: Sendable {
    struct Parameter: Sendable {
        var keyword: String
        var value: String
    }

    private(set) var all: [Parameter]

    /// Reads a URL or a list of `keyword=value`, as libpq does. Environment variables (PGHOST, …) fill the gaps later.
    init(url: String) throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(url, &message) else {
            unsafe PQfreemem(message)
            // libpq's message quotes the string, and with it the password.
            throw .unavailable("the database URL is not valid: postgresql://user@host/database is expected")
        }
        defer { unsafe PQconninfoFree(options) }
        all = []
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe all.append(Parameter(keyword: String(cString: keyword), value: String(cString: value)))
            }
            unsafe option += 1
        }
        setDefault("fallback_application_name", "gatehouse")
        // Kerberos would be looked for at each connect.
        setDefault("gssencmode", "disable")
        set("client_encoding", "UTF8")
    }

    private subscript(keyword: String) -> String? { all.first { $0.keyword == keyword }?.value }

    private mutating func set(_ keyword: String, _ value: String) {
        all.removeAll { $0.keyword == keyword }
        all.append(Parameter(keyword: keyword, value: value))
    }

    private mutating func setDefault(_ keyword: String, _ value: String) {
        if self[keyword] == nil { set(keyword, value) }
    }

    /// Whether libpq would have to look up a name: it does so blocking. Not for sockets' folders and for addresses.
    var needsResolution: Bool {
        guard self["hostaddr"] == nil, let host = self["host"] ?? Self.environment("PGHOST") else { return false }
        return Self.list(host).contains { !Self.isPath($0) && !Self.isAddress($0) }
    }

    /// With the address of each host beside its name, which stays for the certificate's sake. Blocks.
    func resolved() throws(PostgresError) -> ConnectionParameters {
        guard needsResolution, let host = self["host"] ?? Self.environment("PGHOST") else { return self }
        let ports = Self.list(self["port"] ?? Self.environment("PGPORT") ?? "5432")
        var hosts: [String] = []
        var addresses: [String] = []
        var portOfEach: [String] = []
        for (index, name) in Self.list(host).enumerated() {
            let found = Self.isPath(name) ? [""] : Self.isAddress(name) ? [name] : Self.addresses(of: name)
            for address in found {
                hosts.append(name)
                addresses.append(address)
                portOfEach.append(ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : "")
            }
        }
        guard !hosts.isEmpty else { throw .unavailable("no address is known for \(host)") }
        var parameters = self
        parameters.set("host", hosts.joined(separator: ","))
        parameters.set("hostaddr", addresses.joined(separator: ","))
        parameters.set("port", portOfEach.joined(separator: ","))
        return parameters
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    private static func isPath(_ host: String) -> Bool { host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") }

    private static func isAddress(_ host: String) -> Bool {
        var room = in6_addr()
        return unsafe inet_pton(AF_INET, host, &room) == 1 || inet_pton(AF_INET6, host, &room) == 1
    }

    private static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    private static func addresses(of name: String) -> [String] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var found: [String] = []
        var next = unsafe list
        while let entry = unsafe next {
            var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let code = unsafe getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &buffer, socklen_t(buffer.count), nil, 0,
                NI_NUMERICHOST)
            let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if code == 0, !found.contains(text) { found.append(text) }
            unsafe next = entry.pointee.ai_next
        }
        return found
    }
}
