import Identity

/// How a decision came about: what `gatehouse explain` shows.
package struct Explanation: Sendable, Codable, Hashable {
    /// A route that was looked at and not taken.
    package struct PassedOver: Sendable, Codable, Hashable {
        package let route: String
        package let match: String
        package let reason: String
    }

    /// The plant that the request is about.
    package struct Plant: Sendable, Codable, Hashable {
        package enum Source: String, Sendable, Codable, Hashable {
            case path, host, route
        }

        /// As the request or the route names it.
        package let reference: String
        package let source: Source
        /// What is held there; nil when nothing is, or there is no such plant.
        package let code: String?
        package let id: Int32?
        package let role: String?
        /// Whether there was a grant that has ended.
        package let hasEnded: Bool
        /// The row of the database that grants the role; nil for a role that was only assumed.
        package var grant: Grant?
    }

    /// A row of `user_plant_role`, whose key is a user and a plant.
    package struct Grant: Sendable, Codable, Hashable {
        package let userId: String
        package let plantId: Int32
        package let role: String
        /// When it ends; nil is never.
        package let expiresAt: String?
        /// Who granted it; nil for the command line, or somebody who is gone.
        package let grantedBy: String?

        package init(userId: String, plantId: Int32, role: String, expiresAt: String?, grantedBy: String?) {
            self.userId = userId
            self.plantId = plantId
            self.role = role
            self.expiresAt = expiresAt
            self.grantedBy = grantedBy
        }
    }

    package struct Person: Sendable, Codable, Hashable {
        package let user: String?
        package let userId: String
        package let globalRoles: [String]
        /// The roles in plants, as `detroit=operator`.
        package let plantRoles: [String]
    }

    package struct Header: Sendable, Codable, Hashable {
        package let name: String
        package let value: String
    }

    package let method: String
    package let host: String
    /// As it was asked for.
    package let path: String
    /// No decision depends on it.
    package let query: String?
    /// What is decided on and forwarded; nil when the path was refused.
    package let normalPath: String?
    package let route: String?
    package let match: String?
    /// Other routes for this host, the nearest first.
    package let passedOver: [PassedOver]
    /// How many routes are for other hosts, or were left out of the list.
    package let routesNotShown: Int
    package var plant: Plant?
    /// What the route asks for with this method; nil when it says nothing about it.
    package let requirement: String?
    /// What the requirement on trial asks for with this method; nil when there is none.
    package let shadowRequirement: String?
    /// What it would have decided: `allowed`, or the stable code of a denial; nil when it was not asked.
    package let shadowCode: String?
    /// Nil is nobody.
    package let person: Person?
    package let isAllowed: Bool
    package let status: Int
    /// The stable code of a denial; `allowed` otherwise.
    package let code: String
    package let detail: String
    package let upstream: String?
    /// What the upstream would be told of the person.
    package let headers: [Header]
}

extension Explanation: CustomStringConvertible {
    /// Lines for people.
    package var description: String {
        var lines = ["\(method) \(host)\(path)" + (query.map { "?" + $0 } ?? "")]
        func add(_ name: String, _ text: String) {
            lines.append("  " + name + String(repeating: " ", count: max(1, 14 - name.count)) + text)
        }
        add("normal form", normalPath ?? "none: \(detail)")
        add("route", route.map { "\($0)  (\(match ?? ""))" } ?? "none")
        for other in passedOver { add("passed over", "\(other.route)  (\(other.match)): \(other.reason)") }
        if routesNotShown > 0, !passedOver.isEmpty { add("", "and \(routesNotShown) more, for other hosts or paths") }
        if let plant { add("plant", plant.sentence) }
        if let grant = plant?.grant { add("", grant.sentence) }
        if route != nil { add("requires", requirement ?? "nothing that this method could meet") }
        add("as", person?.sentence ?? "nobody")
        add("decision", isAllowed ? "allow" : "deny \(status) \(code): \(detail)")
        if let shadowCode {
            add("on trial", shadowRequirement ?? "nothing that this method could meet")
            add("", (shadowCode == "allowed" ? "would allow" : "would deny \(shadowCode)") + "; it is not enforced")
        }
        if isAllowed, let upstream {
            add("upstream", headers.isEmpty ? "\(upstream), without identity" : "\(upstream), which gets")
            for header in headers { add("", "\(header.name): \(header.value)") }
        }
        return lines.joined(separator: "\n")
    }
}

extension Explanation.Plant {
    fileprivate var sentence: String {
        let place =
            switch source {
            case .path: "from the path"
            case .host: "from the host"
            case .route: "fixed by the route"
            }
        if let role { return "\(reference), \(place): \(role) in \(code ?? reference)" }
        return "\(reference), \(place): " + (hasEnded ? "a role that has ended" : "no role there, or no such plant")
    }
}

extension Explanation.Grant {
    fileprivate var sentence: String {
        "through user_plant_role (user_id \(userId), plant_id \(plantId)): \(role)"
            + (expiresAt.map { " until \($0)" } ?? "") + (grantedBy.map { ", granted by \($0)" } ?? "")
    }
}

extension Explanation.Person {
    fileprivate var sentence: String {
        let roles = plantRoles.isEmpty ? "no role in any plant" : plantRoles.joined(separator: " ")
        let labels = globalRoles.isEmpty ? "" : "; everywhere: " + globalRoles.joined(separator: ", ")
        return "\(user ?? userId): \(roles)\(labels)"
    }

    init(_ principal: Principal) {
        self.init(
            user: principal.username ?? principal.email, userId: principal.userID.description,
            globalRoles: principal.globalRoles,
            plantRoles: principal.memberships.map { "\($0.plantCode)=\($0.role)" })
    }
}
