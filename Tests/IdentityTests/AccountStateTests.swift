import Identity
import Testing

@Suite struct AccountStateTests {
    private enum Move: CaseIterable {
        case activate, suspend, awaitVerification, delete, restore

        func from(_ state: AccountState) throws(StatusRefusal) -> AccountState {
            switch self {
            case .activate: try state.activated()
            case .suspend: try state.suspended()
            case .awaitVerification: try state.awaitingVerification()
            case .delete: try state.deleted()
            case .restore: try state.restored()
            }
        }
    }

    /// Where each move leads from a state; nil where there is none.
    private func ends(of state: AccountState) -> [AccountState?] { Move.allCases.map { try? $0.from(state) } }

    @Test func `status transitions are those of the data model, and no others`() {
        #expect(
            ends(of: .pendingVerification) == [.active, .suspended, .pendingVerification, .deleted, nil])
        #expect(ends(of: .active) == [.active, .suspended, .pendingVerification, .deleted, nil])
        #expect(ends(of: .suspended) == [.active, .suspended, nil, .deleted, nil])
        #expect(ends(of: .deleted) == [nil, nil, nil, nil, .suspended])
    }

    @Test func `a suspended user is not sent back to pending, and a deleted one is restored first`() {
        #expect(throws: StatusRefusal.activateInstead) { try AccountState.suspended.awaitingVerification() }
        #expect(throws: StatusRefusal.restoreFirst) { try AccountState.deleted.activated() }
        #expect(throws: StatusRefusal.alreadyDeleted) { try AccountState.deleted.deleted() }
        #expect(throws: StatusRefusal.notDeleted) { try AccountState.active.restored() }
    }

    @Test func `a deleted user is never active, whatever else their row says`() {
        for status in UserStatus.allCases {
            let user = User(
                id: UserID(UUID128(high: 0, low: 1)), username: "anna", email: nil, status: status,
                createdAt: Timestamp(seconds: 0), updatedAt: Timestamp(seconds: 0), deletedAt: Timestamp(seconds: 1))
            #expect(user.state == .deleted && !user.isActive && user.state.status != .active)
        }
    }
}
