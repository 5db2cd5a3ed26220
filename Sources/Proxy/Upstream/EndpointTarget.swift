import EventLoop
import TLS

/// Where an endpoint is: its address resolved, and how to speak to it.
struct EndpointTarget: Sendable {
    let address: SocketAddress
    /// As in the configuration, for logs and metrics: `http://127.0.0.1:9001`.
    let label: String
    /// For endpoints behind TLS: how to check the other side.
    let tls: ClientContext?
    /// The name that the endpoint's certificate must have.
    let serverName: String
    /// What a health check asks for as `Host`.
    let authority: String
    /// Whether it is spoken to over HTTP/2, without asking.
    var speaksHTTP2 = false

    /// What tells endpoints apart. A name with two addresses is two endpoints.
    struct Key: Hashable, Sendable {
        let label: String
        let address: SocketAddress
    }

    var key: Key { Key(label: label, address: address) }

    /// A number that is the same on every worker and after every restart, so that `hash_user` has a person find the same
    /// endpoint everywhere.
    var hash: UInt64 { StableHash.of(label, StableHash.of("\(address)")) }
}

/// Numbers from texts: Swift's own hashes are different in each process.
enum StableHash {
    /// FNV-1a.
    static func of(_ text: some StringProtocol, _ seed: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
        var hash = seed
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }

    /// Spreads the bits of a number (the finalizer of SplitMix64).
    static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number &+ 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
