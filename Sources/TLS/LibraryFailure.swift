import COpenSSL

/// What OpenSSL said went wrong, taken from its error queue.
///
/// The queue belongs to the thread, not to the connection: it is emptied before each call (`LibraryFailure.forget()`)
/// and read at once after one that failed, so that no connection is blamed for another's error.
struct LibraryFailure: Hashable, Sendable {
    /// Which of the library's parts it was (ERR_LIB_…).
    let library: Int32
    /// The reason's number within that part (SSL_R_…).
    let code: Int32
    /// The library's words.
    let text: String

    /// Empties the queue. It is empty nearly always, and looking is cheaper than clearing each of its places.
    static func forget() {
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }

    /// The first error of the queue, which is the cause of the others, and empties the queue.
    static func take() -> LibraryFailure {
        let packed = ERR_get_error()
        ERR_clear_error()
        guard packed != 0 else { return LibraryFailure(library: 0, code: 0, text: "unknown reason") }
        let words = unsafe ERR_reason_error_string(packed)
        let text = unsafe words.map { unsafe String(cString: $0) } ?? "error \(packed)"
        return LibraryFailure(library: ERR_GET_LIB(packed), code: ERR_GET_REASON(packed), text: text)
    }

    /// What a call failed with whose outcome is `problem` (SSL_get_error); nil when it only waits or has come to an end,
    /// and nothing is in the queue.
    static func of(_ problem: Int32) -> LibraryFailure? {
        problem == SSL_ERROR_SSL || problem == SSL_ERROR_SYSCALL ? take() : nil
    }

    /// Whether it is this reason of the TLS part.
    func isTLS(_ reason: Int32) -> Bool { library == ERR_LIB_SSL && code == reason }
}
