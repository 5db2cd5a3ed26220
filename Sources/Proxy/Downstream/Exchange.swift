import HTTP1
import HTTPMessage
import Policy

/// What one request in progress needs: both heads, the buffers of both connections, and what the access log will say.
///
/// An exchange belongs to a worker and is lent to a connection from the first byte of a request to the last byte of its
/// answer, so that a connection that only waits holds nothing. All its memory is used again: a warm request allocates
/// nothing.
///
/// Like everything that a request touches, it belongs to one loop, so accesses to its properties cannot overlap but by
/// nesting, and they don't nest: `@exclusivity(unchecked)` spares the run-time check, which was a sixth of a request.
final class Exchange {
    /// Bytes that came from the client and are not understood yet.
    @safe @exclusivity(unchecked) var input: ByteBuffer
    /// Bytes for the client that are not sent yet.
    @safe @exclusivity(unchecked) var output: ByteBuffer
    /// Bytes that came from the upstream and are not understood yet.
    @safe @exclusivity(unchecked) var upstreamInput: ByteBuffer
    /// Bytes for the upstream.
    @safe @exclusivity(unchecked) var upstreamOutput: ByteBuffer

    @safe @exclusivity(unchecked) var request = RequestHead()
    @safe @exclusivity(unchecked) var response = ResponseHead()
    @safe @exclusivity(unchecked) var requestParser: RequestParser
    @safe @exclusivity(unchecked) var responseParser: ResponseParser
    @safe @exclusivity(unchecked) var requestBody = BodyReader()
    @safe @exclusivity(unchecked) var responseBody = BodyReader()
    /// The trailers of the answer, as they came; nil when there are none.
    @safe @exclusivity(unchecked) var trailers: FieldBlock?
    /// What is known of the call, if the request is one of gRPC and goes to an application that may understand it.
    @safe @exclusivity(unchecked) var call: GRPCCall?
    @safe @exclusivity(unchecked) var scratch = DecisionScratch()
    @safe @exclusivity(unchecked) var record = RequestRecord()
    /// The session whose cookie the answer may change.
    @safe @exclusivity(unchecked) var rotating: CachedSession?
    /// The token that its cookie has now. Secret.
    @safe @exclusivity(unchecked) var rotatingText = ""
    /// The session cookie that the answer sets.
    @safe @exclusivity(unchecked) var newCookie: RotatedCookie?
    /// What the request asks about, if it is about another one.
    @safe @exclusivity(unchecked) var inquiry: Inquiry?
    /// What is to be done about the request, unless it is forwarded.
    @safe @exclusivity(unchecked) var course: Course?
    /// What the answer says of its route's rate; nil where there is none.
    @safe @exclusivity(unchecked) var rate: RateAnswer?

    /// The capacity that each buffer begins with and is brought back to.
    static let bufferBytes = 16 * 1024
    /// How much a read asks for.
    static let readBytes = 16 * 1024
    /// How much a read asks for in the midst of a long answer: as much as a send takes.
    static let longReadBytes = 64 * 1024
    /// A buffer that is used over and over may be this large; one that grew beyond it is given back to the allocator.
    private static let hotBytesKept = 64 * 1024

    /// How large the heads of its requests may be.
    let limits: HeadLimits
    /// Whether it has the pool's memory for answers in place of its own.
    @safe @exclusivity(unchecked) fileprivate var isWarm = false

    init(limits: HeadLimits) {
        self.limits = limits
        input = ByteBuffer(minimumCapacity: Self.bufferBytes)
        output = ByteBuffer(minimumCapacity: Self.bufferBytes)
        upstreamInput = ByteBuffer(minimumCapacity: Self.bufferBytes)
        upstreamOutput = ByteBuffer(minimumCapacity: Self.bufferBytes)
        requestParser = RequestParser(limits: limits)
        responseParser = ResponseParser(limits: HeadLimits())
    }

    /// Makes ready for the next request of the connection; what came after the last one stays in `input`.
    func reset() {
        output.clear()
        upstreamInput.clear()
        takeLargerInput()
        upstreamOutput.clear()
        requestParser.reset()
        responseParser.reset()
        requestBody.begin(.complete)
        responseBody.begin(.complete)
        record = RequestRecord()
        // Few requests have any of these, and to let go of nothing takes longer than to look.
        if trailers != nil { trailers = nil }
        if call != nil { call = nil }
        if course != nil { course = nil }
        if rate != nil { rate = nil }
        if inquiry != nil { inquiry = nil }
        if rotating != nil { rotating = nil }
        if !rotatingText.isEmpty { rotatingText = "" }
        if newCookie != nil { newCookie = nil }
    }

    /// Forgets what the connection said, and gives what grew for a large message back to the allocator: of hundreds that
    /// lie unused, each would keep what its largest message took. For after `reset`.
    func forget() {
        input.clear()
        Self.shrink(&input, to: Self.bufferBytes)
        Self.shrink(&output, to: Self.bufferBytes)
        Self.shrink(&upstreamInput, to: Self.bufferBytes)
        Self.shrink(&upstreamOutput, to: Self.bufferBytes)
    }

    /// The same for memory that the next answer will use.
    static func cool(_ buffer: inout ByteBuffer) { shrink(&buffer, to: hotBytesKept) }

    private static func shrink(_ buffer: inout ByteBuffer, to bytesKept: Int) {
        if buffer.capacity > bytesKept { buffer = ByteBuffer(minimumCapacity: bufferBytes) }
    }

    /// Has the next read of an answer use the larger piece of memory, once nothing waits to be sent: that is the one which
    /// the last read used, and so it is still in the processor's caches.
    func takeLargerInput() {
        guard upstreamInput.isEmpty, output.isEmpty, output.capacity > upstreamInput.capacity,
            output.capacity <= Self.longReadBytes
        else { return }
        swap(&upstreamInput, &output)
    }

    /// Goes on with the request's head, as far as it has come.
    func parseRequest() throws(RequestError) -> HeadProgress {
        try Self.parse(input, with: &requestParser, into: request)
    }

    /// Goes on with the head of the upstream's answer, as far as it has come.
    func parseResponse() throws(ResponseError) -> HeadProgress {
        try Self.parse(upstreamInput, with: &responseParser, into: response, requestMethod: request.method)
    }

    private static func parse(
        _ input: borrowing ByteBuffer, with parser: inout RequestParser, into head: RequestHead
    ) throws(RequestError) -> HeadProgress {
        try parser.parse(input.span, into: head)
    }

    private static func parse(
        _ input: borrowing ByteBuffer, with parser: inout ResponseParser, into head: ResponseHead, requestMethod: Method
    ) throws(ResponseError) -> HeadProgress {
        try parser.parse(input.span, into: head, requestMethod: requestMethod)
    }

    /// The path that was decided on, and is forwarded.
    var normalPath: String { Self.text(ofPathIn: scratch) }

    /// Whether the request is about the gateway itself, judged by the normal form of its path.
    var isLocal: Bool { Self.isLocal(scratch) }

    private static func text(ofPathIn scratch: borrowing DecisionScratch) -> String { scratch.path.decoded }

    private static func isLocal(_ scratch: borrowing DecisionScratch) -> Bool {
        let path = scratch.path
        guard path.count >= 12, path[1] == UInt8(ascii: ".") else { return false }
        return path.hasPrefix(LocalPaths.pages) || path.hasPrefix(LocalPaths.wellKnown)
    }

    /// The memory that the buffers take, for the tests that bound it.
    var capacity: Int { input.capacity + output.capacity + upstreamInput.capacity + upstreamOutput.capacity }
}

/// The exchanges that a worker lends to its connections: as many as requests were ever in progress at once, of which a
/// bounded number is kept.
final class ExchangePool {
    @safe @exclusivity(unchecked) private var free: Shelf<Exchange>
    @safe @exclusivity(unchecked) private(set) var lent = 0
    /// Memory for an answer that is there at once, as most are: read, passed on and done with in one turn of the loop.
    /// While hundreds of requests wait for answers, that of each has long left the processor's caches; this has not.
    @safe @exclusivity(unchecked) private var hotInput = ByteBuffer(minimumCapacity: Exchange.bufferBytes)
    @safe @exclusivity(unchecked) private var hotOutput = ByteBuffer(minimumCapacity: Exchange.bufferBytes)
    @safe @exclusivity(unchecked) private var hotResponse = ResponseHead()
    /// The most memory that one exchange was seen to take when it came back.
    @safe @exclusivity(unchecked) private(set) var capacityMax = 0

    /// How large the heads of requests may be from now on. Exchanges that were made for others are not lent again.
    @safe @exclusivity(unchecked) var limits: HeadLimits {
        didSet { if limits != oldValue { free.removeAll() } }
    }

    init(limits: HeadLimits, keptMax: Int = 1024) {
        self.limits = limits
        free = Shelf(countMax: keptMax)
    }

    func borrow() -> Exchange {
        lent += 1
        return free.take() ?? Exchange(limits: limits)
    }

    /// Gives an exchange whose answer begins to come memory that was just used. Whoever needs it for longer keeps it, and
    /// the pool has theirs.
    func warm(_ exchange: Exchange) {
        guard !exchange.isWarm, exchange.upstreamInput.isEmpty, exchange.output.isEmpty else { return }
        exchange.isWarm = true
        exchangeMemory(exchange)
    }

    private func exchangeMemory(_ exchange: Exchange) {
        swap(&exchange.upstreamInput, &hotInput)
        swap(&exchange.output, &hotOutput)
        swap(&exchange.response, &hotResponse)
    }

    func giveBack(_ exchange: consuming Exchange) {
        lent -= 1
        capacityMax = max(capacityMax, exchange.capacity)
        exchange.reset()
        if exchange.isWarm {
            exchange.isWarm = false
            exchangeMemory(exchange)
            Exchange.cool(&hotInput)
            Exchange.cool(&hotOutput)
        }
        exchange.forget()
        if exchange.limits == limits { free.put(exchange) }
    }

    /// Lets go of what the present load does not need. Call it now and then.
    func sweep() { free.sweep() }
}
