import Foundation
import Identity
import Testing

@testable import Assertion

let noon = Timestamp(seconds: 1_800_000_000)

/// A sealing key for tests.
func sealingKey(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }

/// What is said of Ada in Detroit.
func claims(username: String? = "ada", name: String? = "Ada Lovelace", role: Role? = .engineer) -> AssertionClaims {
    let membership = role.map {
        PlantMembership(plantID: PlantID(7), plantCode: "detroit", plantName: "Detroit Assembly", role: $0)
    }
    return AssertionClaims(
        issuer: "https://login.example.com", audience: "spc",
        principal: Principal(
            userID: UserID(UUID128(high: 1, low: 2)), username: username, email: "ada@example.com", name: name,
            globalRoles: ["user", "A\"B"], memberships: membership.map { [$0] } ?? []),
        membership: membership, session: SessionID(UUID128(high: 3, low: 4)))
}

/// A JWT taken apart, not verified.
struct Parts {
    let header: [String: Any]
    let payload: [String: Any]
    let signature: [UInt8]
    let signed: String

    init(_ text: String) throws {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        try #require(parts.count == 3)
        func object(_ part: String) throws -> [String: Any] {
            let bytes = try #require(Base64URL.decode(part))
            return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        }
        header = try object(parts[0])
        payload = try object(parts[1])
        signature = parts[2].isEmpty ? [] : try #require(Base64URL.decode(parts[2]))
        signed = parts[0] + "." + parts[1]
    }
}
