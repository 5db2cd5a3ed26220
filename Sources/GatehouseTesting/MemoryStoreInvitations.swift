package import Identity
import Store

/// Invitations in memory.
package struct MemoryInvitationStore: InvitationStore {
    let database: MemoryDatabase

    package func create(_ new: NewInvitation, at moment: Timestamp) async throws(StoreError) -> Invitation {
        try FieldRules.check(new.email, .email)
        let id = InvitationID(database.newID())
        return try database.transaction { tables, _ throws(StoreError) in
            guard let plant = tables.plants[new.plantID], plant.isActive,
                new.invitedBy.map({ tables.users[$0] != nil }) ?? true
            else { throw .notFound }
            guard !new.email.hasPrefix("@"), new.email.contains("@") else {
                throw ModelRules.refusal("invitations_email_form")
            }
            for index in tables.invitations.indices {
                let invitation = tables.invitations[index].invitation
                if invitation.plantID == plant.id,
                    MemoryTables.folded(invitation.email) == MemoryTables.folded(new.email)
                {
                    tables.invitations[index].isOver = true
                }
            }
            let invitation = Invitation(
                id: id, email: new.email, plantID: plant.id, plantCode: plant.code, plantName: plant.name,
                role: new.role, roleUntil: new.roleUntil, invitedBy: new.invitedBy, createdAt: moment,
                expiresAt: new.expiresAt)
            tables.invitations.append(MemoryTables.InvitationRow(invitation: invitation, token: new.token))
            return invitation
        }
    }

    package func find(_ token: TokenHash, at moment: Timestamp) async throws(StoreError) -> Invitation? {
        try database.look { tables, _ in
            tables.usable(token, moment).map { tables.invitations[$0].invitation }
        }
    }

    package func accept(_ token: TokenHash, at moment: Timestamp) async throws(StoreError) -> Invitation? {
        try database.transaction { tables, _ in
            guard let index = tables.usable(token, moment) else { return nil }
            tables.invitations[index].isOver = true
            return tables.invitations[index].invitation
        }
    }

    package func list(plant: PlantID, at moment: Timestamp) async throws(StoreError) -> [Invitation] {
        try database.look { tables, _ in
            tables.invitations.filter { $0.isOpen(at: moment) && $0.invitation.plantID == plant }.map(\.invitation)
                .sorted { ($1.createdAt, $0.id.description) < ($0.createdAt, $1.id.description) }
        }
    }

    package func revoke(
        _ id: InvitationID, plant: PlantID, at moment: Timestamp
    ) async throws(StoreError) -> Invitation? {
        try database.transaction { tables, _ in
            let found = tables.invitations.firstIndex {
                $0.isOpen(at: moment) && $0.invitation.id == id && $0.invitation.plantID == plant
            }
            guard let found else { return nil }
            tables.invitations[found].isOver = true
            return tables.invitations[found].invitation
        }
    }
}

extension MemoryTables {
    fileprivate func usable(_ token: TokenHash, _ moment: Timestamp) -> Int? {
        invitations.firstIndex {
            $0.token == token && $0.isOpen(at: moment) && plants[$0.invitation.plantID]?.isActive == true
        }
    }
}

extension MemoryTables.InvitationRow {
    fileprivate func isOpen(at moment: Timestamp) -> Bool { !isOver && invitation.expiresAt > moment }
}
