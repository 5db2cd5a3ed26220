import Accounts
import Identity

/// How the API writes people, sessions and the rest. No member ever holds a password's hash or a token's.
extension JSONValue {
    static func user(_ user: User) -> JSONValue { .object(members(of: user)) }

    static func account(_ own: OwnAccount) -> JSONValue {
        .object(
            members(of: own.user) + [
                Member(name: "plants", value: .array(own.memberships.map { .membership($0) })),
                Member(name: "has_password", value: .boolean(own.hasPassword)),
                Member(
                    name: "identities",
                    value: .array(
                        own.identities.map {
                            .map([
                                "provider": .string($0.provider), "subject": .string($0.subject),
                                "email": .text($0.email), "linked_at": .time($0.linkedAt),
                                "last_used_at": .time($0.lastUsedAt),
                            ])
                        })),
            ])
    }

    static func listed(_ listed: ListedUser) -> JSONValue {
        .object(
            members(of: listed.user) + [
                Member(name: "plants", value: .array(listed.memberships.map { .membership($0) })),
                Member(name: "has_password", value: .boolean(listed.hasPassword)),
                Member(name: "must_change_password", value: .boolean(listed.mustChangePassword)),
            ])
    }

    /// What an API token may see of whom it acts for.
    static func principal(_ principal: Principal) -> JSONValue {
        .map([
            "id": .string(principal.userID.description), "username": .text(principal.username),
            "email": .text(principal.email), "name": .text(principal.name),
            "roles": .array(principal.globalRoles.map { .string($0) }),
            "plants": .array(principal.memberships.map { .membership($0) }),
        ])
    }

    private static func members(of user: User) -> [Member] {
        [
            Member(name: "id", value: .string(user.id.description)),
            Member(name: "username", value: .text(user.username)), Member(name: "email", value: .text(user.email)),
            Member(name: "name", value: .text(user.name)), Member(name: "first_name", value: .text(user.firstName)),
            Member(name: "last_name", value: .text(user.lastName)), Member(name: "phone", value: .text(user.phone)),
            Member(name: "status", value: .string(user.status.rawValue)),
            Member(name: "email_verified_at", value: .time(user.emailVerifiedAt)),
            Member(name: "roles", value: .array(user.roles.map { .string($0) })),
            Member(name: "last_login_at", value: .time(user.lastLoginAt)),
            Member(name: "created_at", value: .time(user.createdAt)),
            Member(name: "updated_at", value: .time(user.updatedAt)),
            Member(name: "deleted_at", value: .time(user.deletedAt)),
        ]
    }

    static func membership(_ membership: PlantMembership) -> JSONValue {
        .map([
            "id": .number(Int64(membership.plantID.value)), "code": .string(membership.plantCode),
            "name": .string(membership.plantName), "role": .string(membership.role.description),
            "until": .time(membership.expiresAt),
        ])
    }

    static func session(_ session: Session, isPresent: Bool) -> JSONValue {
        .map([
            "id": .string(session.id.description), "present": .boolean(isPresent),
            "device": .string(Device(userAgent: session.userAgent).description),
            "user_agent": .text(session.userAgent), "ip_address": .text(session.ipAddress),
            "method": .string(session.method), "factors": .number(Int64(session.factors)),
            "is_api_client": .boolean(session.isAPIClient), "remembered": .boolean(session.isPersistent),
            "issued_at": .time(session.issuedAt), "last_used_at": .time(session.lastUsedAt),
            "expires_at": .time(session.expiresAt), "revoked_at": .time(session.revokedAt),
            "revocation_reason": .text(session.revocationReason),
        ])
    }

    static func apiToken(_ token: APIToken) -> JSONValue {
        .map([
            "id": .string(token.id.description), "name": .string(token.name), "plant": .text(token.plantCode),
            "role_max": .text(token.ceiling.role?.description), "created_at": .time(token.createdAt),
            "expires_at": .time(token.expiresAt), "last_used_at": .time(token.lastUsedAt),
            "revoked_at": .time(token.revokedAt),
        ])
    }

    static func plant(_ plant: Plant) -> JSONValue {
        .map([
            "id": .number(Int64(plant.id.value)), "code": .string(plant.code), "name": .string(plant.name),
            "is_active": .boolean(plant.isActive), "created_at": .time(plant.createdAt),
            "updated_at": .time(plant.updatedAt),
        ])
    }

    static func grant(_ grant: RoleGrant) -> JSONValue {
        .map([
            "user_id": .string(grant.userID.description), "username": .text(grant.username),
            "email": .text(grant.email), "plant": .membership(grant.membership),
            "granted_by": .text(grant.grantedBy?.description),
        ])
    }

    static func invitation(_ invitation: Invitation) -> JSONValue {
        .map([
            "id": .string(invitation.id.description), "email": .string(invitation.email),
            "plant": .string(invitation.plantCode), "role": .string(invitation.role.description),
            "until": .time(invitation.roleUntil), "invited_by": .text(invitation.invitedBy?.description),
            "created_at": .time(invitation.createdAt), "expires_at": .time(invitation.expiresAt),
        ])
    }

    static func audit(_ entry: AuditEntry) -> JSONValue {
        let event = entry.event
        return .map([
            "position": .string(entry.position.text), "at": .time(event.at), "event": .string(event.event),
            "actor": .text(event.actor?.description), "subject": .text(event.subject?.description),
            "plant_id": event.plant.map { .number(Int64($0.value)) } ?? .null, "ip_address": .text(event.ipAddress),
            "details": .object(
                event.details.sorted { $0.key < $1.key }.map { Member(name: $0.key, value: .string($0.value)) }),
        ])
    }
}
