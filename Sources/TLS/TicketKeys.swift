import COpenSSL
import Glibc
import Synchronization

/// The keys that session tickets are sealed with, which change by themselves.
///
/// A ticket made with a key can be opened by whoever gets hold of the key later, and with TLS 1.2 the connection too.
/// So a key makes tickets for an hour, opens them for one more, and is gone then. They are in memory alone.
final class TicketKeys: Sendable {
    static let nameLength = 16
    private static let keyLength = 32
    private static let lifetimeSeconds = 3600

    private struct Key {
        let name: [UInt8]
        let secret: [UInt8]
        let macSecret: [UInt8]
        let madeAt: Int

        init?(at moment: Int) {
            var bytes = [UInt8](repeating: 0, count: TicketKeys.nameLength + 2 * TicketKeys.keyLength)
            guard unsafe RAND_priv_bytes(&bytes, Int32(bytes.count)) == 1 else { return nil }
            name = Array(bytes[..<TicketKeys.nameLength])
            secret = Array(bytes[TicketKeys.nameLength...].prefix(TicketKeys.keyLength))
            macSecret = Array(bytes.suffix(TicketKeys.keyLength))
            madeAt = moment
        }
    }

    private struct Keys {
        var present: Key?
        var former: Key?
    }

    private let keys = Mutex(Keys())
    private let clock: @Sendable () -> Int

    /// `clock` counts seconds; tests have their own.
    init(clock: @escaping @Sendable () -> Int = { Int(TicketKeys.monotonicSeconds()) }) { self.clock = clock }

    private static func monotonicSeconds() -> time_t {
        var moment = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &moment)
        return moment.tv_sec
    }

    /// The keys as they are now, after throwing away what is too old.
    private func current() -> Keys {
        let now = clock()
        return keys.withLock { keys in
            if let present = keys.present, now - present.madeAt >= TicketKeys.lifetimeSeconds {
                keys.former = now - present.madeAt < 2 * TicketKeys.lifetimeSeconds ? present : nil
                keys.present = nil
            }
            if let former = keys.former, now - former.madeAt >= 2 * TicketKeys.lifetimeSeconds { keys.former = nil }
            if keys.present == nil { keys.present = Key(at: now) }
            return keys
        }
    }

    /// Prepares the making of a ticket: 1, or -1 when it cannot be made.
    func encrypt(
        name: UnsafeMutableBufferPointer<UInt8>, vector: UnsafeMutablePointer<UInt8>, cipher: OpaquePointer,
        mac: OpaquePointer
    ) -> Int32 {
        guard let key = current().present, unsafe RAND_bytes(vector, EVP_MAX_IV_LENGTH) == 1 else { return -1 }
        for (index, byte) in key.name.enumerated() { unsafe name[index] = byte }
        return unsafe TicketKeys.prepare(key, vector, cipher, mac, encrypts: 1) ? 1 : -1
    }

    /// Prepares the opening of a ticket: 1; 2 when a new one should replace it; 0 when its key is unknown.
    func decrypt(
        name: UnsafeBufferPointer<UInt8>, vector: UnsafeMutablePointer<UInt8>, cipher: OpaquePointer,
        mac: OpaquePointer
    ) -> Int32 {
        let keys = current()
        for (key, answer) in [(keys.present, Int32(1)), (keys.former, 2)] {
            guard let key, unsafe key.name.elementsEqual(name) else { continue }
            return unsafe TicketKeys.prepare(key, vector, cipher, mac, encrypts: 0) ? answer : -1
        }
        return 0
    }

    private static func prepare(
        _ key: Key, _ vector: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer, _ mac: OpaquePointer,
        encrypts: Int32
    ) -> Bool {
        var macSecret = key.macSecret
        return unsafe EVP_CipherInit_ex(cipher, TicketCipher.shared.pointer, nil, key.secret, vector, encrypts) == 1
            && openssl_mac_set_key(mac, &macSecret, macSecret.count) == 1
    }
}

/// AES-256 in CBC mode, looked up once: OpenSSL 3 does so under locks, at each use of `EVP_aes_256_cbc()`.
///
/// Sendable by hand: it is only read.
@safe private final class TicketCipher: @unchecked Sendable {
    static let shared = TicketCipher()

    let pointer: OpaquePointer

    private init() {
        guard let pointer = unsafe EVP_CIPHER_fetch(nil, "AES-256-CBC", nil) else {
            preconditionFailure("OpenSSL has the cipher of tickets")
        }
        unsafe self.pointer = pointer
    }
}
