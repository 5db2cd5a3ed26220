import CPQ
import Glibc

/// The one owner of a `PGconn`: libpq's calls in Swift's terms, none of which blocks.
///
/// Belongs to the loop's thread. Nothing may watch its descriptor any more when it is let go of.
@safe final class ConnectionHandle {
    private let pointer: OpaquePointer

    /// Begins to connect. `parameters` name hosts by address, or libpq would block on their resolution.
    init(connectingTo parameters: [ConnectionParameters.Parameter]) throws(PostgresError) {
        let started = unsafe CStrings.with(parameters.map(\.keyword)) { keywords in
            unsafe CStrings.with(parameters.map(\.value)) { values in
                unsafe PQconnectStartParams(keywords, values, 0)
            }
        }
        guard let started = unsafe started else { throw .unavailable("out of memory") }
        unsafe pointer = unsafe started
        // By default libpq writes notices to standard error.
        unsafe PQsetNoticeReceiver(started, { _, _ in }, nil)
    }

    deinit { unsafe PQfinish(pointer) }

    var hasFailed: Bool { unsafe PQstatus(pointer) == CONNECTION_BAD }
    var descriptor: Int32 { unsafe PQsocket(pointer) }
    var transactionStatus: PGTransactionStatusType { unsafe PQtransactionStatus(pointer) }

    /// Whether the socket has bytes, or its end, to read now.
    var hasSomethingToRead: Bool {
        var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&question, 1, 0) != 0
    }

    /// The last thing that went wrong, in libpq's words, on one line.
    var errorMessage: String {
        let lines = unsafe String(cString: PQerrorMessage(pointer)).split(separator: "\n")
        return lines.isEmpty ? "the connection was lost" : lines.joined(separator: "; ")
    }

    /// Goes on connecting; says what to wait for.
    func pollConnecting() -> PostgresPollingStatusType { unsafe PQconnectPoll(pointer) }

    func enterPipelineMode() -> Bool {
        unsafe PQsetnonblocking(pointer, 1) == 0 && PQenterPipelineMode(pointer) == 1
    }
    func leavePipelineMode() -> Bool { unsafe PQexitPipelineMode(pointer) == 1 }

    func sendPrepare(name: String, sql: String) -> Bool { unsafe PQsendPrepare(pointer, name, sql, 0, nil) == 1 }
    func sendSync() -> Bool { unsafe PQpipelineSync(pointer) == 1 }
    /// Several statements in one text; outside of pipeline mode only.
    func sendScript(_ sql: String) -> Bool { unsafe PQsendQuery(pointer, sql) == 1 }

    /// Executes a prepared statement and has its rows sent in binary form.
    func sendExecute(name: String, _ parameters: EncodedParameters) -> Bool {
        unsafe parameters.withPointers { values, lengths, formats in
            unsafe PQsendQueryPrepared(pointer, name, Int32(parameters.count), values, lengths, formats, 1) == 1
        }
    }

    /// Sends what is buffered: true when all of it is gone, false when the socket takes no more now.
    func flush() throws(PostgresError) -> Bool {
        switch unsafe PQflush(pointer) {
        case 0: true
        case 1: false
        default: throw .unavailable(errorMessage)
        }
    }

    /// Takes in what has arrived. False when the connection is lost.
    func consumeInput() -> Bool { unsafe PQconsumeInput(pointer) == 1 }
    /// Whether `nextResult` would block.
    var isBusy: Bool { unsafe PQisBusy(pointer) == 1 }
    /// The next result; nil after the last one of a statement.
    func nextResult() -> QueryResult? {
        guard let result = unsafe PQgetResult(pointer) else { return nil }
        return unsafe QueryResult(taking: result)
    }

    /// The next notification that has arrived.
    func nextNotification() -> PostgresNotification? {
        guard let notification = unsafe PQnotifies(pointer) else { return nil }
        defer { unsafe PQfreemem(notification) }
        return unsafe PostgresNotification(
            channel: String(cString: notification.pointee.relname),
            payload: String(cString: notification.pointee.extra))
    }

    /// What can cancel the running statement from another thread.
    func canceller() -> StatementCanceller? {
        guard let cancel = unsafe PQgetCancel(pointer) else { return nil }
        return unsafe StatementCanceller(taking: cancel)
    }
}

/// Strings as C wants them: an array of pointers that ends with a null.
enum CStrings {
    static func with<R>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R
    ) -> R {
        let bytes = strings.map { $0.utf8CString }
        let all = bytes.flatMap { $0 }
        return unsafe all.withUnsafeBufferPointer { buffer in
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            var position = 0
            for string in bytes {
                unsafe pointers.append(buffer.baseAddress.map { unsafe $0 + position })
                position += string.count
            }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { list in
                guard let start = list.baseAddress else { preconditionFailure("an array with a null is not empty") }
                return unsafe body(start)
            }
        }
    }
}
