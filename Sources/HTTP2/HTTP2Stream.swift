package import HTTPMessage

/// One stream of a connection: what came on it and was not taken yet, and what is still to be sent.
///
/// Made by a session, which keeps it until it is closed on the wire and its owner has released it; then it is used
/// again for another stream. Belongs to the loop of its session.
package final class HTTP2Stream {
    /// What has happened since the owner looked last.
    package struct News: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The peer opened the stream: its request's head is there. For a server, and always the first.
        package static let opened = News(rawValue: 1)
        /// The head of the final answer is there. For a client.
        package static let responded = News(rawValue: 2)
        /// An interim answer is there. For a client.
        package static let interim = News(rawValue: 4)
        /// More of the body is there, or its end.
        package static let readable = News(rawValue: 8)
        /// There is room again for what is to be sent.
        package static let writable = News(rawValue: 16)
        /// The stream is closed. Nothing more will happen to it.
        package static let closed = News(rawValue: 32)
    }

    /// The stream's number on the wire.
    @safe @exclusivity(unchecked) package internal(set) var id: Int32 = 0
    /// The owner's own number for the stream. The session does not look at it.
    @safe @exclusivity(unchecked) package var tag = 0

    // MARK: What came

    /// The head of the request, on a server's side. The owner may put another in its place and keep this one.
    @safe @exclusivity(unchecked) package var request: RequestHead
    /// Why the request must be refused with an answer, though its framing is in order.
    @safe @exclusivity(unchecked) package internal(set) var refusal: RequestError?
    /// The head of the final answer, on a client's side. May be replaced too.
    @safe @exclusivity(unchecked) package var response: ResponseHead
    /// Interim answers that were not taken yet, the oldest first.
    @safe @exclusivity(unchecked) package internal(set) var interim: [ResponseHead] = []
    /// The trailer section, once the peer has ended its message; nil when there is none.
    @safe @exclusivity(unchecked) package internal(set) var trailers: FieldBlock?
    /// Bytes of body that were not taken yet. `HTTP2Session.take` takes them.
    @safe @exclusivity(unchecked) var received = ByteBuffer()
    /// Whether the peer has ended its message: what is in here is all there is.
    @safe @exclusivity(unchecked) package internal(set) var peerHasEnded = false

    /// How many bytes of body wait to be taken.
    package var receivedCount: Int { received.count }
    /// Whether all that the peer sent has been taken.
    package var isReadToEnd: Bool { peerHasEnded && received.isEmpty }

    // MARK: What is to be sent

    /// Bytes of body that were not made into frames yet.
    @safe @exclusivity(unchecked) var outgoing = ByteBuffer()
    @safe @exclusivity(unchecked) var outgoingTrailers: FieldDraft?
    /// Whether nothing will follow what is in `outgoing`.
    @safe @exclusivity(unchecked) package internal(set) var weHaveEnded = false
    /// Whether our end of the message is in frames.
    @safe @exclusivity(unchecked) var endIsFramed = false
    /// Whether the head of our final answer, or of our request, is in frames.
    @safe @exclusivity(unchecked) var headIsFramed = false
    /// Whether nghttp2 has made a copy of that head.
    @safe @exclusivity(unchecked) var headIsCopied = false
    /// Whether nghttp2 waits to be told that there is more.
    @safe @exclusivity(unchecked) var isDeferred = false
    /// Whether the peer may go on after our end of the message, as the client of a tunnel may.
    @safe @exclusivity(unchecked) var mayOutlastUs = false
    /// When the peer last took something of it, as the session tells time.
    @safe @exclusivity(unchecked) var movedAt: UInt64 = 0
    /// Whether the owner waits for room.
    @safe @exclusivity(unchecked) var wantsRoom = false

    /// How many bytes of body are held for a peer that gives no window, before whoever makes them has to wait.
    package static let outgoingBytesMax = 64 * 1024

    /// Whether more may be sent now.
    package var hasRoom: Bool { outgoing.count < Self.outgoingBytesMax }
    package var outgoingCount: Int { outgoing.count }

    // MARK: The end

    @safe @exclusivity(unchecked) package internal(set) var isClosed = false
    /// Why it was closed: `noError` after both sides have said all.
    @safe @exclusivity(unchecked) package internal(set) var closeCode = HTTP2ErrorCode.noError

    // MARK: For the session

    @safe @exclusivity(unchecked) var news: News = []
    @safe @exclusivity(unchecked) var isReleased = false
    /// The stream's place among those that the session holds.
    @safe @exclusivity(unchecked) var place = 0
    /// The method that was asked with, on a client's side: an answer to HEAD has no body.
    @safe @exclusivity(unchecked) var requestMethod = Method.get
    /// Whether what came on it is malformed: it is reset, and nothing more is read from it.
    @safe @exclusivity(unchecked) var isMalformed = false
    /// Whether the head of the final answer has come, on a client's side.
    @safe @exclusivity(unchecked) package internal(set) var hasResponse = false
    /// Whether the owner knows of the stream.
    @safe @exclusivity(unchecked) var isAnnounced = false

    init() {
        request = RequestHead()
        response = ResponseHead()
    }

    /// Forgets the stream that this was, and keeps the memory. The heads are made ready when they are used next: one
    /// of the two never is, and to touch it would fetch it into the processor's caches.
    func reset() {
        id = 0
        tag = 0
        refusal = nil
        if !interim.isEmpty { interim = [] }
        trailers = nil
        peerHasEnded = false
        received.clear()
        outgoing.clear()
        if received.capacity > Self.bytesKept { received = ByteBuffer() }
        if outgoing.capacity > Self.bytesKept { outgoing = ByteBuffer() }
        outgoingTrailers = nil
        weHaveEnded = false
        endIsFramed = false
        headIsFramed = false
        isDeferred = false
        mayOutlastUs = false
        wantsRoom = false
        isClosed = false
        closeCode = .noError
        news = []
        isReleased = false
        requestMethod = .get
        isMalformed = false
        hasResponse = false
        isAnnounced = false
    }

    /// A buffer that grew beyond this is given back to the allocator.
    private static let bytesKept = 16 * 1024
}
