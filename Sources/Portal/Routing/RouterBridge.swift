import HTTPTypes
import Hummingbird
import Logging
import Synchronization

/// Hummingbird's router without its server: our requests in, our answers out.
struct RouterBridge: Sendable {
    private let responder: any HTTPResponder<PortalContext>
    private let logger: Logger

    init(_ router: Router<PortalContext>, logger: Logger) {
        responder = router.buildResponder()
        self.logger = logger
    }

    func respond(to request: PortalRequest) async throws -> PortalResponse {
        let head = HTTPRequest(
            method: RouterBridge.method(request.method), scheme: request.scheme, authority: request.host,
            path: request.path)
        let response = try await responder.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer())),
            context: PortalContext(source: .init(request: request, logger: logger)))
        return try await PortalResponse(response)
    }

    /// The methods that pages may answer or refuse; `foreignMethod` stands for all that nobody has heard of.
    static let methods: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete, .options, foreignMethod]
    private static let foreignMethod = HTTPRequest.Method.trace

    /// HEAD is answered as GET is, body and all (see `PortalResponse`).
    private static func method(_ name: String) -> HTTPRequest.Method {
        name == "HEAD" ? .get : methods.first { $0.rawValue == name } ?? foreignMethod
    }
}

extension PortalResponse {
    /// The answer as the router hands it on.
    var routed: Response {
        var headers = HTTPFields()
        for field in fields {
            guard let name = HTTPField.Name(field.name) else { continue }
            headers.append(HTTPField(name: name, value: field.value))
        }
        return Response(
            status: HTTPResponse.Status(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// Takes an answer from the router. The length is left to whoever sends it.
    fileprivate init(_ response: Response) async throws {
        let collected = CollectedBody()
        try await response.body.write(CollectingWriter(body: collected))
        self.init(
            status: response.status.code,
            fields: response.headers.filter { $0.name != .contentLength }.map { ($0.name.rawName, $0.value) },
            body: collected.bytes.withLock { $0 })
    }
}

/// The bytes of a body that a `CollectingWriter` has seen.
private final class CollectedBody: Sendable {
    let bytes = Mutex<[UInt8]>([])
}

/// Collects a body that the router would stream.
private struct CollectingWriter: ResponseBodyWriter {
    let body: CollectedBody

    mutating func write(_ buffer: ByteBuffer) async throws {
        body.bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
    }

    consuming func finish(_ trailers: HTTPFields?) async throws {}
}
