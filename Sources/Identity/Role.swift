/// A rung of a plant's ladder. Each role may do all that the ones below it may.
package enum Role: UInt8, Sendable, CaseIterable, Comparable, CustomStringConvertible {
    case `operator` = 1
    case supervisor = 2
    case engineer = 3
    case admin = 4

    package init?(_ name: some StringProtocol) {
        switch name {
        case "operator": self = .operator
        case "supervisor": self = .supervisor
        case "engineer": self = .engineer
        case "admin": self = .admin
        default: return nil
        }
    }

    package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }

    /// The name that the database, the configuration and the headers use.
    package var description: String {
        switch self {
        case .operator: "operator"
        case .supervisor: "supervisor"
        case .engineer: "engineer"
        case .admin: "admin"
        }
    }
}
