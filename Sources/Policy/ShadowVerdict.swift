/// What a requirement on trial (`shadow`) would have decided: counted and logged beside what was decided, and never
/// enforced.
///
/// One byte, so that it travels with every decision for nothing.
package enum ShadowVerdict: UInt8, Sendable, Hashable, CaseIterable {
    case allowed, signInRequired, methodNotAllowed, roleMissing, globalRoleMissing, userNotListed

    /// What follows from the reason that it has to refuse; nil for none.
    init(_ reason: DenialReason?) {
        self =
            switch reason {
            case nil: .allowed
            case .signInRequired: .signInRequired
            case .methodNotAllowed: .methodNotAllowed
            case .roleMissing: .roleMissing
            case .globalRoleMissing: .globalRoleMissing
            case .userNotListed: .userNotListed
            // A requirement refuses neither paths nor routes.
            case .badPath, .noRoute: preconditionFailure("not a requirement's reason")
            }
    }

    package var isAllowed: Bool { self == .allowed }

    /// The stable code that a denial for this reason has; `allowed` otherwise.
    package var code: String {
        switch self {
        case .allowed: "allowed"
        case .signInRequired: "sign_in_required"
        case .methodNotAllowed: "method_not_allowed"
        case .roleMissing: "role_missing"
        case .globalRoleMissing: "global_role_missing"
        case .userNotListed: "user_not_listed"
        }
    }
}
