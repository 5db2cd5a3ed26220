import Accounts

/// A request to the gateway itself, complete, with a bounded body.
package struct PortalRequest: Sendable {
    package var method: String
    /// `https`, or `http` on a listener without TLS.
    package var scheme: String
    /// The authority as sent: with its port, in the case that the client chose.
    package var host: String
    /// In normal form.
    package var path: String
    /// As sent, without the `?`; nil when there is none.
    package var query: String?
    /// As sent, in order.
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]
    /// The client's address without a port.
    package var clientAddress: String
    package var requestID: String

    package init(
        method: String, scheme: String, host: String, path: String, query: String?,
        fields: [(name: String, value: String)], body: [UInt8] = [], clientAddress: String, requestID: String
    ) {
        self.method = method
        self.scheme = scheme
        self.host = host
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.clientAddress = clientAddress
        self.requestID = requestID
    }
}

extension PortalRequest {
    /// The values of all fields of this name, in order, whatever its case.
    func values(of name: String) -> [String] {
        let name = name.lowercased()
        return fields.lazy.filter { $0.name.lowercased() == name }.map(\.value)
    }

    /// The value of the one field of this name; nil when there is none or more than one.
    func value(of name: String) -> String? {
        let values = values(of: name)
        return values.count == 1 ? values.first : nil
    }

    /// The host as cookies and tickets are bound to it: lower case, without port.
    var boundHost: String { HostBinding.host(ofAuthority: host) }

    /// The path with the query, as a link on the same host gives it.
    var target: String { query.map { "\(path)?\($0)" } ?? path }

    /// On whose behalf a use case runs for this request.
    var requester: Requester {
        Requester(ipAddress: clientAddress, userAgent: value(of: "user-agent"), requestID: requestID)
    }
}

/// An answer to a `PortalRequest`.
///
/// The body of an answer to HEAD is the one that GET would have had: whoever sends the answer counts it for
/// `Content-Length` and leaves it out (RFC 9110, section 9.3.2).
package struct PortalResponse: Sendable {
    package var status: Int
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, fields: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// Sends the browser on to `location` with a GET (RFC 9110, section 15.4.4).
    static func seeOther(_ location: String) -> PortalResponse {
        PortalResponse(status: 303, fields: [("Location", location)])
    }

    /// The same answer, setting one more cookie.
    func setting(_ cookie: String) -> PortalResponse {
        var response = self
        response.fields.append(("Set-Cookie", cookie))
        return response
    }
}
