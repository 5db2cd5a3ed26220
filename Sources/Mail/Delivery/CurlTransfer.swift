import CCurl
import Synchronization

/// One libcurl handle and the connection that it keeps. Blocks; for one thread.
///
/// With `CurlExchange`, all that touches libcurl: handles and the pointers that it calls back with end here.
@safe final class CurlTransfer {
    private let handle: UnsafeMutableRawPointer
    private let server: SMTPServer

    private static let isReady = gatehouse_curl_global_init() == CURLE_OK

    /// Nil if there is no memory for it.
    init?(_ server: SMTPServer) {
        guard Self.isReady, let handle = unsafe curl_easy_init() else { return nil }
        unsafe self.handle = handle
        self.server = server
    }

    deinit { unsafe curl_easy_cleanup(handle) }

    /// Hands one message over.
    ///
    /// `cancellation` is heeded until the first byte of the message is sent: after that nobody could know whether it
    /// was taken.
    func send(
        from sender: MailAddress, to recipient: MailAddress, _ message: [UInt8], cancellation: Cancellation
    ) -> SMTPReply {
        unsafe curl_easy_reset(handle)
        let exchange = CurlExchange(message, cancellation)
        let recipients = unsafe curl_slist_append(nil, "<\(recipient.text)>")
        defer { unsafe curl_slist_free_all(recipients) }
        var result = CURLE_OK
        withExtendedLifetime(exchange) {
            setServer(&result)
            set(CURLOPT_MAIL_FROM, "<\(sender.text)>", &result)
            check(unsafe gatehouse_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients), &result)
            unsafe exchange.attach(to: handle, &result)
            if result == CURLE_OK { result = unsafe curl_easy_perform(handle) }
        }
        var status = 0
        unsafe gatehouse_curl_get_number(handle, CURLINFO_RESPONSE_CODE, &status)
        return SMTPReply(
            code: result, status: status, refusal: exchange.refusal, hasBegun: exchange.hasBegun,
            isInternational: recipient.isInternational || sender.isInternational)
    }

    private func setServer(_ result: inout CURLcode) {
        set(CURLOPT_URL, server.url, &result)
        set(CURLOPT_PROTOCOLS_STR, "smtp,smtps", &result)
        // The environment has no say in where secrets go.
        set(CURLOPT_PROXY, "", &result)
        set(CURLOPT_NOSIGNAL, 1, &result)
        set(CURLOPT_UPLOAD, 1, &result)
        set(CURLOPT_CONNECTTIMEOUT_MS, min(Self.milliseconds(server.timeout), 15_000), &result)
        set(CURLOPT_TIMEOUT_MS, Self.milliseconds(server.timeout), &result)
        set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2, &result)
        if server.security == .required { set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue), &result) }
        if let authorities = server.authorities { set(CURLOPT_CAINFO, authorities, &result) }
        if let login = server.login {
            set(CURLOPT_USERNAME, login.username, &result)
            set(CURLOPT_PASSWORD, login.password, &result)
        }
    }

    private func set(_ option: CURLoption, _ text: String, _ result: inout CURLcode) {
        check(unsafe gatehouse_curl_set_text(handle, option, text), &result)
    }

    private func set(_ option: CURLoption, _ number: Int, _ result: inout CURLcode) {
        check(unsafe gatehouse_curl_set_number(handle, option, number), &result)
    }

    private func check(_ code: CURLcode, _ result: inout CURLcode) { if result == CURLE_OK { result = code } }

    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(min(max(seconds, 0), 86_400)) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}

/// Says, from any thread, that a hand-over need not begin any more.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isCancelled: Bool { flag.load(ordering: .relaxed) }
    func cancel() { flag.store(true, ordering: .relaxed) }
}
