/// A key that assertions are signed with, as it is stored: its private half sealed with a key that the database never
/// sees.
package struct SealedAssertionKey: Sendable, Hashable {
    /// What assertions call it: the thumbprint of its public half (RFC 7638).
    package var id: String
    /// Nonce, ciphertext and tag.
    package var sealedPrivateKey: [UInt8]
    /// The name of the key that seals it.
    package var sealingKeyID: String
    /// From when on assertions are signed with it. Those who verify them know it before.
    package var activeFrom: Timestamp

    package init(id: String, sealedPrivateKey: [UInt8], sealingKeyID: String, activeFrom: Timestamp) {
        self.id = id
        self.sealedPrivateKey = sealedPrivateKey
        self.sealingKeyID = sealingKeyID
        self.activeFrom = activeFrom
    }
}

/// Where all gateways find the same keys for their assertions.
package protocol AssertionKeyStore: Sendable {
    /// All keys, the newest first.
    func keys() async throws(StoreError) -> [SealedAssertionKey]
    /// Adds a key unless there is one that is active since less than `age`, or will be. It is active at once if it is the
    /// first, and after `notice` otherwise, whatever `key` says. Of several who add at once, one does. Whether it was
    /// added.
    func add(
        _ key: SealedAssertionKey, unlessYoungerThan age: Duration, notice: Duration
    ) async throws(StoreError) -> Bool
    /// Replaces what seals a key, if it is still sealed by `former`. Whether it was.
    func reseal(_ key: SealedAssertionKey, from former: String) async throws(StoreError) -> Bool
    /// Removes the keys whose successor has been active for longer than `overlap`. How many there were.
    @discardableResult
    func removeSucceeded(forLongerThan overlap: Duration) async throws(StoreError) -> Int
}
