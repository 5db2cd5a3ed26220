import COpenSSL

/// What OpenSSL asks the server in the middle of a handshake. The answers are the connection's context's.
enum ServerCallbacks {
    /// The context of a connection that is in a handshake.
    private static func context(of ssl: OpaquePointer?) -> ServerContext? {
        unsafe ssl.flatMap { unsafe TLSConnection.of($0) }?.serverContext
    }

    /// Server name indication (RFC 6066, section 3): changes to the certificate for the name that the client asks for.
    static let chooseCertificate: openssl_servername_callback = { ssl, _, _ in
        guard let ssl = unsafe ssl, let context = unsafe context(of: ssl), let name = unsafe ServerName.of(ssl) else {
            return SSL_TLSEXT_ERR_NOACK
        }
        _ = unsafe SSL_set_SSL_CTX(ssl, context.context(for: name).pointer)
        return SSL_TLSEXT_ERR_OK
    }

    /// Application-layer protocol negotiation (RFC 7301).
    static let chooseProtocol: SSL_CTX_alpn_select_cb_func = { ssl, out, outLength, offer, offerLength, _ in
        guard let context = unsafe context(of: ssl), let offer = unsafe offer else { return SSL_TLSEXT_ERR_NOACK }
        let list = unsafe UnsafeBufferPointer(start: offer, count: Int(offerLength))
        switch unsafe context.chosenProtocol(from: list) {
        case .chosen(let offset, let count):
            unsafe out?.pointee = offer + offset
            unsafe outLength?.pointee = UInt8(truncatingIfNeeded: count)
            return SSL_TLSEXT_ERR_OK
        case .nothingInCommon:
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }
    }

    /// Encrypts and decrypts session tickets (RFC 5077, section 4; RFC 8446, section 4.6.1).
    static let ticketKey: openssl_ticket_key_callback = { ssl, name, vector, cipher, mac, encrypts in
        guard let context = unsafe context(of: ssl), let name = unsafe name, let vector = unsafe vector,
            let cipher = unsafe cipher, let mac = unsafe mac
        else { return -1 }
        let nameBytes = unsafe UnsafeMutableBufferPointer(start: name, count: TicketKeys.nameLength)
        return unsafe encrypts == 1
            ? context.tickets.encrypt(name: nameBytes, vector: vector, cipher: cipher, mac: mac)
            : context.tickets.decrypt(name: UnsafeBufferPointer(nameBytes), vector: vector, cipher: cipher, mac: mac)
    }
}

/// The host name that a client asked for.
enum ServerName {
    /// In lower case; nil when it asked for none.
    static func of(_ ssl: OpaquePointer) -> String? {
        guard let name = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) else { return nil }
        return unsafe String(cString: name).lowercased()
    }
}
