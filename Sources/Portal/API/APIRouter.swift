import Logging

/// One operation of the JSON API.
struct APIRoute: Sendable {
    typealias Handler = @Sendable (APICall) async throws(APIProblem) -> PortalResponse

    let method: String
    /// Below `APIRouter.prefix`, as `openapi.yaml` spells it: `/sessions/{session}`.
    let path: String
    let handler: Handler
    fileprivate let segments: [Substring]

    init(_ method: String, _ path: String, _ handler: @escaping Handler) {
        self.method = method
        self.path = path
        self.handler = handler
        segments = path.split(separator: "/")
    }
}

/// Finds the operation that a call means.
struct APIRouter: Sendable {
    static let prefix = "/.gatehouse/api/v1"

    private let routes: [APIRoute]
    private let services: PortalServices
    private let logger: Logger

    init(_ services: PortalServices, logger: Logger) {
        self.services = services
        self.logger = logger
        routes = APIRouter.routes
    }

    /// All operations: what `config/openapi.yaml` describes, and a test compares with it.
    static let routes =
        VisitorOperations.routes + OwnOperations.routes + AdminUserOperations.routes + AdminPlantOperations.routes
        + AdminLogOperations.routes

    /// Whether a path is the API's, so that even what is wrong with it is answered as a program reads it.
    static func answers(_ path: String) -> Bool { path.hasPrefix("/.gatehouse/api/") }

    func respond(to request: PortalRequest) async -> PortalResponse {
        do throws(APIProblem) {
            return try await answer(request)
        } catch {
            if error.status == 500 || error.code == "unavailable" {
                logger.error(
                    "The API could not do what it was asked.",
                    metadata: ["request_id": "\(request.requestID)", "code": "\(error.code)"])
            }
            return error.response(requestID: request.requestID)
        }
    }

    private func answer(_ request: PortalRequest) async throws(APIProblem) -> PortalResponse {
        guard request.path.hasPrefix(APIRouter.prefix + "/") else { throw .notFound }
        let segments = request.path.dropFirst(APIRouter.prefix.count + 1)
            .split(separator: "/", omittingEmptySubsequences: false)
        let here = routes.compactMap { route in parameters(route, segments).map { (route, $0) } }
        guard !here.isEmpty else { throw .notFound }
        let method = request.method == "HEAD" ? "GET" : request.method
        // A literal segment goes before one in braces.
        guard let (route, parameters) = here.filter({ $0.0.method == method }).min(by: { $0.1.count < $1.1.count })
        else {
            var problem = APIProblem(405, "method_not_allowed", "This address does not take that method.")
            let methods = Set(here.map(\.0.method))
            problem.allow = (methods.union(methods.contains("GET") ? ["HEAD"] : [])).sorted().joined(separator: ", ")
            throw problem
        }
        return try await route.handler(APICall(request: request, services: services, parameters: parameters))
    }

    /// What the braces of a route stand for in a path; nil when it is not the route's.
    private func parameters(_ route: APIRoute, _ segments: [Substring]) -> [String: String]? {
        guard route.segments.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (pattern, segment) in zip(route.segments, segments) {
            if pattern.hasPrefix("{") {
                guard let value = PercentEncoding.decodePath(Array(segment.utf8)[...]), !value.isEmpty else {
                    return nil
                }
                parameters[String(pattern.dropFirst().dropLast())] = value
            } else if pattern != segment {
                return nil
            }
        }
        return parameters
    }
}
