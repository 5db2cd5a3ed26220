/// The application protocols of one side, as ALPN has them on the wire (RFC 7301, section 3.1).
struct ProtocolList: Sendable {
    /// Each name after its length, the best one first.
    let wire: [UInt8]

    init(_ names: [String]) throws(TLSConfigurationError) {
        var wire: [UInt8] = []
        for name in names {
            guard let length = UInt8(exactly: name.utf8.count), length > 0 else {
                throw .setting("'\(name)' is no name of a protocol: 1 to 255 bytes are needed")
            }
            wire.append(length)
            wire += name.utf8
        }
        self.wire = wire
    }

    /// What comes of a client's offer.
    enum Choice {
        /// The name at this offset and of this length in the offer.
        case chosen(offset: Int, count: Int)
        /// Nothing in common: the handshake ends with no_application_protocol, so that nobody talks past the other.
        case nothingInCommon
    }

    /// Our best protocol that the client offers too.
    func choice(from offer: UnsafeBufferPointer<UInt8>) -> Choice {
        var own = 0
        while own < wire.count {
            let length = Int(wire[own])
            var theirs = 0
            while theirs < offer.count {
                let count = Int(unsafe offer[theirs])
                guard theirs + 1 + count <= offer.count else { break }
                let range = (theirs + 1)..<(theirs + 1 + count)
                if count == length, unsafe wire[(own + 1)..<(own + 1 + length)].elementsEqual(offer[range]) {
                    return .chosen(offset: theirs + 1, count: count)
                }
                theirs += 1 + count
            }
            own += 1 + length
        }
        return .nothingInCommon
    }
}
