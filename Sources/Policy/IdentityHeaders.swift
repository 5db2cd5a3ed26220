package import HTTPMessage
package import Identity

/// Writes the headers that tell an upstream who is asking.
package enum IdentityHeaders {
    /// Appends a line for each header of the permit's route: nothing for a request without a principal.
    ///
    /// Depends on nothing but the route, the session, the principal and the plant, so the result can be kept.
    package static func render(for permit: Permit, session: SessionID?, into output: inout ByteBuffer) {
        guard let principal = permit.principal else { return }
        for header in permit.route.identity.headers {
            guard let value = value(of: header, principal, permit.membership, session) else { continue }
            output.append(header.name)
            output.append(": ")
            output.append(value)
            output.append("\r\n")
        }
    }

    /// The headers as pairs, for explanations.
    package static func pairs(for permit: Permit, session: SessionID?) -> [(name: String, value: String)] {
        guard let principal = permit.principal else { return [] }
        return permit.route.identity.headers.compactMap { header in
            value(of: header, principal, permit.membership, session).map { (header.name, $0) }
        }
    }

    private static func value(
        of header: IdentityTemplate.Header, _ principal: Principal, _ membership: PlantMembership?,
        _ session: SessionID?
    ) -> String? {
        var value = ""
        for part in header.parts {
            switch part {
            case .text(let text): value += text
            case .fact(let fact):
                let known = tell(fact, principal, membership, session)
                if known == nil, header.isOptional { return nil }
                value += known ?? ""
            }
        }
        return value
    }

    private static func tell(
        _ fact: IdentityTemplate.Fact, _ principal: Principal, _ membership: PlantMembership?, _ session: SessionID?
    ) -> String? {
        switch fact {
        case .userID: principal.userID.description
        case .user: principal.username.map { encoded($0) }
        case .email: principal.email.map { encoded($0) }
        case .name: principal.name.map { encoded($0) }
        case .plant: membership.map { encoded($0.plantCode) }
        case .plantID: membership?.plantID.description
        case .plantName: membership.map { encoded($0.plantName) }
        case .role: membership?.role.description
        case .roles: principal.globalRoles.map { encoded($0, list: true) }.joined(separator: ",")
        case .sessionID: session?.description
        // Who has the keys adds it.
        case .assertion: nil
        }
    }

    /// The text as visible ASCII: everything else is percent-encoded UTF-8, and so is `%`, so that decoding gives back
    /// exactly the text. A space between words stays; one at either end would get lost. In a list, a comma is encoded.
    static func encoded(_ text: String, list: Bool = false) -> String {
        let bytes = Array(text.utf8)
        var output = ByteBuffer(minimumCapacity: bytes.count + 16)
        for (index, byte) in bytes.enumerated() {
            let isInnerSpace = byte == 0x20 && index > 0 && index < bytes.count - 1
            let isPlain =
                byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "%") && !(list && byte == UInt8(ascii: ","))
            if isPlain || isInnerSpace {
                output.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                output.append(UInt8(ascii: "%"))
                output.append(digits[Int(byte >> 4)])
                output.append(digits[Int(byte & 15)])
            }
        }
        return output.span.decoded
    }
}
