import HTTPMessage
import Identity

extension Principal {
    /// The role in the plant that `reference` names, by code or by id, unless the grant has ended.
    ///
    /// Only the principal's own memberships are looked at: a plant that does not exist and one where they hold nothing
    /// cannot be told apart.
    func membership(in reference: Span<UInt8>, at now: Timestamp, foldingCase: Bool) -> PlantMembership? {
        let id = PlantID(reference)
        for membership in memberships {
            let isNamed: Bool
            if let id, membership.plantID == id {
                isNamed = true
            } else if foldingCase {
                isNamed = reference.isEqualIgnoringCase(to: membership.plantCode.utf8.span)
            } else {
                isNamed = reference.isEqual(to: membership.plantCode.utf8.span)
            }
            guard isNamed else { continue }
            if let end = membership.expiresAt, end <= now { return nil }
            return membership
        }
        return nil
    }

    /// Whether a list of users in the configuration means this one: by username or email, without regard to case, or id.
    func isNamed(_ reference: String) -> Bool {
        let reference = reference.lowercased()
        return username?.lowercased() == reference || email?.lowercased() == reference
            || userID.description == reference
    }
}

extension PlantID {
    /// Reads a plant's id as it stands in a URL: digits without a leading zero.
    fileprivate init?(_ digits: Span<UInt8>) {
        guard (1...10).contains(digits.count), digits[0] != UInt8(ascii: "0") else { return nil }
        var number: Int64 = 0
        for index in digits.indices {
            guard ByteClass.isDigit(digits[index]) else { return nil }
            number = number * 10 + Int64(digits[index] - UInt8(ascii: "0"))
        }
        guard let value = Int32(exactly: number) else { return nil }
        self.init(value)
    }
}
