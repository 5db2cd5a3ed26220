/// Which sites' pages may open a WebSocket by a route.
package enum RouteOrigins: Sendable, Hashable {
    /// Those of the host that is asked for.
    case own
    /// These as well: `https://app.example.com`, in lower case.
    case also([[UInt8]])
    case any
}
