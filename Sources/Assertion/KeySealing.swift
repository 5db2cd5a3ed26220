import Crypto
import Foundation
package import Identity

/// Seals the private halves of assertion keys with a key of the configuration (AES-256-GCM), so that whoever reads the
/// database, or a backup of it, can sign nothing.
///
/// The first key seals; the others only open what was sealed before. So a sealing key is changed by putting the new one
/// first, and taking the old one away once every row has been sealed anew.
package struct KeySealing: Sendable {
    private struct SealingKey {
        let id: String
        let key: SymmetricKey
    }

    private let keys: [SealingKey]

    /// The size of a sealing key in bytes.
    package static let keyBytes = 32

    /// Nil without a key, or with one that is not 32 bytes long.
    package init?(keys: [[UInt8]]) {
        guard !keys.isEmpty, keys.allSatisfy({ $0.count == KeySealing.keyBytes }) else { return nil }
        self.keys = keys.map { bytes in SealingKey(id: KeySealing.id(of: bytes), key: SymmetricKey(data: bytes)) }
    }

    /// What rows call a sealing key: a digest that tells nothing about it.
    private static func id(of key: [UInt8]) -> String {
        let digest = SHA256.hash(data: Array("gatehouse sealing key\u{0}".utf8) + key)
        return Base64URL.encode(Array(digest.prefix(9)))
    }

    /// Whether this is what the first key seals.
    func isCurrent(_ id: String) -> Bool { id == keys.first?.id }

    func seal(_ key: AssertionKey) throws(AssertionKeyError) -> SealedAssertionKey {
        guard let first = keys.first,
            let box = try? AES.GCM.seal(key.privateKey, using: first.key, authenticating: context(key.id)),
            let sealed = box.combined
        else { throw .cannotSeal }
        return SealedAssertionKey(
            id: key.id, sealedPrivateKey: Array(sealed), sealingKeyID: first.id, activeFrom: key.activeFrom)
    }

    /// The key of a row. What does not open, or is not the key that the row says, is an error: a row that somebody wrote
    /// who has no sealing key never becomes a key that anybody trusts.
    func open(_ sealed: SealedAssertionKey) throws(AssertionKeyError) -> AssertionKey {
        guard let sealing = keys.first(where: { $0.id == sealed.sealingKeyID }) else {
            throw .unknownSealingKey(sealed.sealingKeyID, of: sealed.id)
        }
        guard let box = try? AES.GCM.SealedBox(combined: sealed.sealedPrivateKey),
            let bytes = try? AES.GCM.open(box, using: sealing.key, authenticating: context(sealed.id)),
            let key = AssertionKey(privateKey: Array(bytes), activeFrom: sealed.activeFrom), key.id == sealed.id
        else { throw .notGenuine(sealed.id) }
        return key
    }

    /// What a sealed key is good for, bound to it: sealed for one row, it opens in no other.
    private func context(_ id: String) -> [UInt8] { Array("gatehouse assertion key\u{0}\(id)".utf8) }
}

/// Why there are no keys to sign assertions with.
package enum AssertionKeyError: Error, Sendable, Hashable {
    /// A key in the database is sealed by one that the configuration does not name.
    case unknownSealingKey(String, of: String)
    /// A row of the database is none that we wrote.
    case notGenuine(String)
    case cannotSeal
    case store(StoreError)
}

extension AssertionKeyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownSealingKey(let sealing, let key):
            "the assertion key \(key) is sealed by a key (\(sealing)) that assertion.encryption_keys does not name; add that one"
        case .notGenuine(let key):
            "the assertion key \(key) in the database is damaged or forged; delete that row of assertion_keys"
        case .cannotSeal: "an assertion key could not be sealed"
        case .store(let error): "\(error)"
        }
    }
}
