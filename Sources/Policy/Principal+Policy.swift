import HTTPMessage
import Identity

extension Principal {
    /// Which membership is the one in the plant that `reference` names, by code or by id; nil if there is none, or the grant
    /// has ended.
    ///
    /// Only the principal's own memberships are looked at: a plant that does not exist and one where they hold nothing
    /// cannot be told apart.
    ///
    /// Digits alone are an id: the data model allows no such code. Hosts have no case, so there a code in another case
    /// will do if none is exactly right.
    func membershipIndex(in reference: Span<UInt8>, at now: Timestamp, foldingCase: Bool) -> Int? {
        let id = PlantID(reference)
        var near: Int?
        // In place: going over the array itself would count the references of each membership.
        let memberships = memberships
        let all = memberships.span
        for index in all.indices {
            if let id {
                guard all[index].plantID == id else { continue }
            } else if !reference.isEqual(to: all[index].plantCode.utf8.span) {
                if foldingCase, near == nil, reference.isEqualIgnoringCase(to: all[index].plantCode.utf8.span) {
                    near = index
                }
                continue
            }
            return all[index].isLive(at: now) ? index : nil
        }
        return near.flatMap { all[$0].isLive(at: now) ? $0 : nil }
    }

    /// Whether a list of users in the configuration means this one: by username or email, or by id.
    ///
    /// ASCII letters are compared without case, all others as they are: what is in doubt is not this person.
    func isNamed(_ reference: String) -> Bool {
        if let id = UserID(reference) { return id == userID }
        let wanted = reference.utf8.span
        if let username, username.utf8.span.isEqualIgnoringCase(to: wanted) { return true }
        if let email, email.utf8.span.isEqualIgnoringCase(to: wanted) { return true }
        return false
    }
}

extension PlantMembership {
    fileprivate func isLive(at now: Timestamp) -> Bool { expiresAt.map { now < $0 } ?? true }
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
