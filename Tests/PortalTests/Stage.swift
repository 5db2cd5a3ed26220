import Accounts
import GatehouseTesting
import Identity
import Logging
import PasswordHashing
import Portal
import Synchronization
import Testing

/// A portal with people in it, and a clock that stands still until told otherwise.
struct Stage: Sendable {
    static let publicHost = "login.example.com"
    static let password = "correct horse battery staple"

    let portal: Portal
    let stores: MemoryStores
    let clock: StoppedClock
    let passwords: PasswordHasher
    let environment: AccountsEnvironment

    init(
        publicURL: String = "https://login.example.com",
        hostPatterns: [String] = ["spc.example.com", "*.apps.example.com", "{plant}.reports.example.com"],
        queueMax: Int = 16, branding: Branding = .gatehouse, people: PeopleSettings = PeopleSettings(),
        mails: (@Sendable () -> [String])? = nil
    ) throws {
        clock = StoppedClock()
        stores = MemoryStores(clock: clock)
        passwords = PasswordHasher(
            parameters: Argon2Parameters(memoryKiB: 32, passes: 1, lanes: 1), threads: 1, queueMax: queueMax)
        let settings = try #require(
            PortalSettings(publicURL: publicURL, hostPatterns: hostPatterns, branding: branding))
        var accounts = AccountsSettings()
        accounts.people = people
        accounts.people.publicURL = publicURL
        environment = AccountsEnvironment(
            users: stores.users, plants: stores.plants, roles: stores.roles, sessions: stores.sessions,
            tickets: stores.tickets, apiTokens: stores.apiTokens, audit: stores.audit, throttles: stores.throttles,
            work: stores.work, passwords: passwords, clock: clock, settings: accounts)
        portal = Portal(
            settings: settings, accounts: environment, mails: mails,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Adds an active account with `Stage.password`.
    @discardableResult
    func addUser(
        _ username: String? = "ada", email: String? = "ada@example.com", name: String? = "Ada Lovelace",
        roles: [String] = ["user"], mustChangePassword: Bool = false, status: UserStatus = .active,
        memberships: [PlantMembership] = []
    ) async throws -> UserID {
        let user = try await stores.users.create(
            NewUser(
                username: username, email: email, name: name, passwordHash: try await passwords.hash(Stage.password),
                mustChangePassword: mustChangePassword, status: status,
                emailVerifiedAt: email == nil ? nil : clock.now(),
                roles: roles))
        for membership in memberships {
            let found = try await stores.plants.find(code: membership.plantCode)
            let plant =
                if let found { found } else {
                    try await stores.plants.create(code: membership.plantCode, name: membership.plantName)
                }
            try await stores.roles.grant(
                membership.role, to: user.id, in: plant.id, by: nil, until: membership.expiresAt)
        }
        return user.id
    }

    /// Makes every store fail from now on.
    func loseDatabase() { stores.fail(with: .unavailable("away")) }

    /// The names of all audit events.
    var eventNames: [String] {
        get async throws { try await stores.audit.list(limit: 1_000).map(\.event) }
    }

    /// Where the link of the newest mail leads: path and query.
    func mailedLink() throws -> String {
        let link = try #require(stores.outbox.mails.last?.link)
        return link.replacing("https://\(Stage.publicHost)", with: "")
    }

    /// The KiB that all password hashes until now have written: 32 for each.
    var hashingWork: UInt64 { passwords.workDone }

    func browser(_ host: String = publicHost) -> Browser { Browser(portal: portal, host: host) }
}

/// A clock that moves when it is told to.
final class StoppedClock: WallClock {
    private let time = Mutex(Timestamp(seconds: 1_800_000_000))
    func now() -> Timestamp { time.withLock { $0 } }
    func advance(_ length: Duration) { time.withLock { $0 = $0 + length } }
}

/// A browser that keeps cookies by host and sends what browsers send.
final class Browser {
    let portal: Portal
    /// The host that paths without one lead to.
    var host: String
    /// Cookies by host and name.
    var cookies: [String: [String: String]] = [:]
    var acceptLanguage = "en-GB,en;q=0.9"

    init(portal: Portal, host: String) {
        self.portal = portal
        self.host = host
    }

    func get(_ target: String, method: String = "GET", fields: [(String, String)] = []) async -> PortalResponse {
        await send(method, target, fields: fields, body: nil)
    }

    /// Sends a form from a page of the same origin.
    func post(
        _ target: String, _ form: [(String, String)], fields: [(String, String)]? = nil
    ) async -> PortalResponse {
        let body = form.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
        let own = [
            ("Content-Type", "application/x-www-form-urlencoded"), ("Origin", "https://\(host)"),
            ("Sec-Fetch-Site", "same-origin"),
        ]
        return await send("POST", target, fields: fields ?? own, body: body)
    }

    /// Fetches a page with a form, fills the form in and sends it.
    func submit(_ page: String, _ form: [(String, String)]) async throws -> PortalResponse {
        let shown = await get(page)
        let hidden = shown.hiddenFields
        let path = page.split(separator: "?")[0]
        return await post(String(path), hidden.map { ($0.key, $0.value) } + form)
    }

    func signIn(_ target: String = "/.gatehouse/login", username: String = "ada") async throws -> PortalResponse {
        try await submit(target, [("username", username), ("password", Stage.password)])
    }

    /// Follows a redirect, to another host as well.
    func follow(_ response: PortalResponse) async throws -> PortalResponse {
        let location = try #require(response.field("location"))
        guard location.hasPrefix("https://") else { return await get(location) }
        let rest = location.dropFirst("https://".count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        host = String(rest[..<slash])
        return await get(String(rest[slash...]))
    }

    private func send(
        _ method: String, _ target: String, fields: [(String, String)], body: String?
    ) async -> PortalResponse {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let bound = host.split(separator: ":")[0].lowercased()
        var all = [("Accept-Language", acceptLanguage), ("User-Agent", "Test/1.0")] + fields
        let jar = cookies[bound, default: [:]]
        if !jar.isEmpty { all.append(("Cookie", jar.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))) }
        let request = PortalRequest(
            method: method, scheme: "https", host: host, path: String(parts[0]),
            query: parts.count > 1 ? String(parts[1]) : nil, fields: all.map { (name: $0.0, value: $0.1) },
            body: Array((body ?? "").utf8), clientAddress: "192.0.2.7", requestID: "req-1")
        let response = await portal.respond(to: request)
        for cookie in response.setCookies {
            cookies[bound, default: [:]][cookie.name] = cookie.isRemoved ? nil : cookie.value
        }
        return response
    }
}

/// Form encoding, written apart from the one that is tested.
func encode(_ text: String) -> String {
    text.utf8.map { byte in
        let scalar = Unicode.Scalar(byte)
        let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        let hex = String(byte, radix: 16)
        return isPlain ? String(Character(scalar)) : "%" + (hex.utf8.count == 1 ? "0" : "") + hex
    }.joined()
}

extension PortalResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }

    struct SetCookie {
        let name: String
        let value: String
        let attributes: [String]
        var isRemoved: Bool { attributes.contains("Max-Age=0") }
    }

    var setCookies: [SetCookie] {
        fields.filter { $0.name.lowercased() == "set-cookie" }.map { field in
            let parts = field.value.split(separator: ";").map { $0.drop { $0 == " " } }
            let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return SetCookie(
                name: String(pair[0]), value: String(pair[1]), attributes: parts.dropFirst().map(String.init))
        }
    }

    func cookie(_ name: String) -> SetCookie? { setCookies.first { $0.name == name } }

    /// The hidden fields of the page's form.
    var hiddenFields: [String: String] {
        var found: [String: String] = [:]
        for match in text.matches(of: /<input type="hidden" name="(\w+)" value="([^"]*)">/) {
            found[String(match.1)] = String(match.2).replacing("&amp;", with: "&").replacing("&#39;", with: "'")
        }
        return found
    }
}
