import CCurl

/// How a hand-over ended, as libcurl tells it, and what follows from that.
struct SMTPReply: Sendable {
    let code: CURLcode
    /// The server's last reply code; 0 without one.
    let status: Int
    /// What the server said when it said no; empty if it didn't.
    let refusal: String
    /// Whether any byte of the message had been sent.
    let hasBegun: Bool

    /// Whether the address needs SMTPUTF8: a server without it does not understand the command.
    let isInternational: Bool

    /// Replies of the fifth hundred that are about us and our configuration, not about this mail: encryption or a login
    /// is missing (RFC 4954, section 6; RFC 7504). Mending the configuration mends them, so no mail is lost over them.
    private static let aboutUs: Set<Int> = [503, 521, 523, 530, 534, 535, 538]
    /// Commands that the server does not know or want (RFC 5321, section 4.2.3).
    private static let unknown: Set<Int> = [500, 501, 502, 504]

    var outcome: DeliveryOutcome {
        let reason = refusal.isEmpty ? Self.name(code) : refusal
        switch code {
        case CURLE_OK: return .delivered
        case CURLE_ABORTED_BY_CALLBACK: return .interrupted
        // The server answered to MAIL, RCPT or DATA, or to the message itself. What is not about this mail has codes
        // of its own: no greeting, no login, no TLS.
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_WEIRD_SERVER_REPLY, CURLE_UPLOAD_FAILED:
            guard code == CURLE_SEND_ERROR || hasBegun else { return .unreachable(reason) }
            switch status {
            // The server closes, to everybody (RFC 5321, section 3.8).
            case 421: return .unreachable(reason)
            case 400..<500: return .postponed(reason)
            case 500..<600:
                let isAboutUs = Self.aboutUs.contains(status) || (!isInternational && Self.unknown.contains(status))
                return isAboutUs ? .unreachable(reason) : .refused(reason)
            // It took all that it was asked, and then was gone.
            default: return .unreachable(Self.name(code))
            }
        default: return .unreachable(reason)
        }
    }

    private static func name(_ code: CURLcode) -> String {
        guard let text = unsafe curl_easy_strerror(code) else { return "error \(code.rawValue)" }
        return unsafe String(cString: text)
    }
}
