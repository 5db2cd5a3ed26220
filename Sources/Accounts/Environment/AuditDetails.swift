import Identity

/// What an audit event says about a change: each field that changed, before and after, and never a secret.
enum AuditDetails {
    static func of(_ before: User, _ after: User) -> [String: String] {
        var details: [String: String] = [:]
        let (old, new) = (fields(before), fields(after))
        for (name, value) in new where old[name] != value {
            details["\(name).before"] = old[name] ?? ""
            details["\(name).after"] = value
        }
        return details
    }

    /// Of what did not exist before.
    static func of(new user: User) -> [String: String] {
        fields(user).filter { !$0.value.isEmpty }.reduce(into: [:]) { $0["\($1.key).after"] = $1.value }
    }

    private static func fields(_ user: User) -> [String: String] {
        [
            "username": user.username ?? "", "email": user.email ?? "", "name": user.name ?? "",
            "first_name": user.firstName ?? "", "last_name": user.lastName ?? "", "phone": user.phone ?? "",
            "status": user.status.rawValue, "roles": user.roles.joined(separator: ","),
            "email_verified": user.isVerified ? "yes" : "no", "deleted": user.deletedAt == nil ? "no" : "yes",
            "stripe_customer_id": user.stripeCustomerID ?? "",
        ]
    }
}
