import HTTPMessage
import Policy

/// A request that a permit was given for, its head written for the upstream: the only thing that is ever forwarded.
///
/// Only a permit makes one, and only the policy makes a permit.
struct PermittedRequest {
    let cluster: UpstreamCluster
    let bodyBytesMax: UInt64
    /// The protocol that it offers to switch to.
    let upgrade: UpgradeOffer?

    /// Writes the head into `exchange.upstreamOutput`, and behind it a body that has come whole: one send, and a request
    /// that can be sent again. Nil when the body is announced to be larger than the route accepts.
    init?(
        _ permit: Permit, _ session: CachedSession?, _ exchange: Exchange, _ request: RequestHead,
        _ deployment: Deployment, offering upgrade: UpgradeOffer?, of client: Client
    ) {
        let bodyBytesMax = permit.route.bodyBytesMax ?? .max
        if case .length(let length) = request.framing, length > bodyBytesMax { return nil }
        self.bodyBytesMax = bodyBytesMax
        self.upgrade = upgrade
        cluster = deployment.clusters[permit.route.upstreamIndex]
        UpstreamRequestWriter.append(
            exchange, request, for: permit, session, offering: upgrade, of: client, deployment,
            to: &exchange.upstreamOutput)
        guard case .length(let length) = request.framing, length > 0,
            length <= UInt64(exchange.input.count), length <= UInt64(Exchange.readBytes)
        else { return }
        exchange.upstreamOutput.move(Int(length), from: &exchange.input)
        exchange.requestBody.begin(.complete)
        exchange.record.bytesReceived = length
    }
}
