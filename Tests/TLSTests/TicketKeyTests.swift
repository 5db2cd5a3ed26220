import COpenSSL
import Synchronization
import Testing

@testable import TLS

@Suite struct TicketKeyTests {
    @Test func `a key makes tickets for an hour, opens them for one more, and is gone then`() {
        let time = Mutex(0)
        let keys = TicketKeys(clock: { time.withLock { $0 } })
        let first = sealed(keys)
        #expect(open(keys, first) == 1)
        time.withLock { $0 = 3599 }
        #expect(sealed(keys) == first)
        time.withLock { $0 = 3600 }
        let second = sealed(keys)
        #expect(second != first)
        #expect(open(keys, first) == 2, "good, and to be replaced")
        #expect(open(keys, second) == 1)
        time.withLock { $0 = 7200 }
        #expect(open(keys, first) == 0)
        #expect(open(keys, second) == 2)
        time.withLock { $0 = 100_000 }
        #expect(open(keys, second) == 0)
    }

    @Test func `a ticket of somebody else's is not opened`() {
        let keys = TicketKeys()
        #expect(open(keys, [UInt8](repeating: 7, count: 16)) == 0)
        #expect(open(keys, sealed(TicketKeys())) == 0)
    }

    /// The name of the key that a ticket made now has.
    private func sealed(_ keys: TicketKeys) -> [UInt8] {
        var name = [UInt8](repeating: 0, count: TicketKeys.nameLength)
        let answer = unsafe withContexts { vector, cipher, mac in
            unsafe name.withUnsafeMutableBufferPointer { name in
                unsafe keys.encrypt(name: name, vector: vector, cipher: cipher, mac: mac)
            }
        }
        #expect(answer == 1)
        return name
    }

    private func open(_ keys: TicketKeys, _ name: [UInt8]) -> Int32 {
        unsafe withContexts { vector, cipher, mac in
            unsafe name.withUnsafeBufferPointer { name in
                unsafe keys.decrypt(name: name, vector: vector, cipher: cipher, mac: mac)
            }
        }
    }

    private func withContexts(
        _ body: (UnsafeMutablePointer<UInt8>, OpaquePointer, OpaquePointer) -> Int32
    ) -> Int32 {
        let algorithm = unsafe EVP_MAC_fetch(nil, "HMAC", nil)
        guard let cipher = unsafe EVP_CIPHER_CTX_new(), let mac = unsafe EVP_MAC_CTX_new(algorithm) else { return -2 }
        defer {
            unsafe EVP_CIPHER_CTX_free(cipher)
            unsafe EVP_MAC_CTX_free(mac)
            unsafe EVP_MAC_free(algorithm)
        }
        var vector = [UInt8](repeating: 0, count: 16)
        return unsafe body(&vector, cipher, mac)
    }
}
