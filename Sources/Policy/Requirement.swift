import HTTPMessage
package import Identity

/// What a route asks of whoever wants through: clauses in order, of which the first that names the method counts.
package struct Requirement: Sendable, Hashable {
    package let clauses: [Clause]
    /// One for each clause.
    private let gates: [Gate]

    package init(_ clauses: [Clause]) {
        self.clauses = clauses
        gates = clauses.map(Gate.init)
    }

    /// One condition for every method.
    package init(_ condition: Condition) { self.init([Clause(methods: nil, condition: condition)]) }

    /// A condition for some methods.
    package struct Clause: Sendable, Hashable {
        /// In upper case; nil is every method. `GET` does not include `HEAD`: name both.
        package let methods: [String]?
        package let condition: Condition

        package init(methods: [String]?, condition: Condition) {
            self.methods = methods
            self.condition = condition
        }

        func covers(_ method: Span<UInt8>) -> Bool {
            guard let methods else { return true }
            // In place: going over the array itself would count a reference for each name.
            let names = methods.span
            for index in names.indices where method.isEqual(to: names[index].utf8.span) { return true }
            return false
        }
    }

    /// What most requests have to be asked of a clause, as numbers: no reference is counted to look at it.
    private struct Gate: Sendable, Hashable {
        /// A bit for each of the methods with a name of their own that the clause covers.
        private let methods: UInt16
        /// The role, if the condition is that alone, as most are.
        let roleAlone: Role?

        init(_ clause: Clause) {
            methods = clause.methods?.reduce(0) { $0 | Self.bit(Method($1.utf8.span)) } ?? .max
            if case .person(let role, nil, nil) = clause.condition { roleAlone = role } else { roleAlone = nil }
        }

        /// Whether it covers a method that has a name of its own.
        func covers(_ method: Method) -> Bool { methods & Self.bit(method) != 0 }

        private static func bit(_ method: Method) -> UInt16 { 1 << UInt16(method.rawValue) }
    }

    package enum Condition: Sendable, Hashable {
        /// Nobody is asked who they are.
        case anyone
        /// A session, and all that is named besides.
        case person(role: Role?, anyRole: [String]?, users: [String]?)

        package static let signedIn = Condition.person(role: nil, anyRole: nil, users: nil)
    }

    /// Whether some method needs a role in a plant.
    package var needsPlant: Bool {
        clauses.contains { if case .person(role: .some, _, _) = $0.condition { true } else { false } }
    }

    func condition(for method: Span<UInt8>) -> Condition? {
        for clause in clauses where clause.covers(method) { return clause.condition }
        return nil
    }

    /// Why it refuses a request; nil when it does not.
    ///
    /// - Parameter role: what the principal holds in the plant that the request is about.
    func objection(to method: Span<UInt8>, by principal: Principal?, holding role: Role?) -> DenialReason? {
        let known = Method(method)
        guard known != .other else {
            guard let condition = condition(for: method) else { return .methodNotAllowed }
            return condition.objection(by: principal, holding: role)
        }
        for index in gates.indices where gates[index].covers(known) {
            if let needed = gates[index].roleAlone, principal != nil, let role, role >= needed { return nil }
            return clauses[index].condition.objection(by: principal, holding: role)
        }
        // Signing in would not help.
        return .methodNotAllowed
    }
}

extension Requirement.Condition {
    fileprivate func objection(by principal: Principal?, holding role: Role?) -> DenialReason? {
        guard case .person(let needed, let anyRole, let users) = self else { return nil }
        guard let principal else { return .signInRequired }
        if let needed {
            guard let role, role >= needed else { return .roleMissing(needed) }
        }
        if let anyRole, !anyRole.contains(where: principal.globalRoles.contains) { return .globalRoleMissing(anyRole) }
        if let users, !users.contains(where: { principal.isNamed($0) }) { return .userNotListed }
        return nil
    }
}

extension Requirement: CustomStringConvertible {
    /// As the configuration writes it, on one line.
    package var description: String {
        clauses.map { clause in
            let methods = clause.methods.map { $0.joined(separator: ",") + ": " } ?? ""
            return methods + clause.condition.description
        }.joined(separator: "; ")
    }
}

extension Requirement.Condition: CustomStringConvertible {
    package var description: String {
        switch self {
        case .anyone: return "anyone"
        case .person(let role, let anyRole, let users):
            var parts: [String] = []
            if let role { parts.append("role \(role) in the plant") }
            if let anyRole { parts.append("any global role of \(anyRole.joined(separator: ", "))") }
            if let users { parts.append("one of the users \(users.joined(separator: ", "))") }
            return parts.isEmpty ? "signed in" : parts.joined(separator: " and ")
        }
    }
}
