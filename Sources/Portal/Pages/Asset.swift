import Crypto
import Identity

/// A file that pages refer to. Its name holds a digest of its content, so browsers may keep it for ever.
struct Asset: Sendable {
    static let stylesheet = Asset("gatehouse", "css", "text/css; charset=utf-8", PackageResources.gatehouse_css)
    static let icon = Asset("icon", "svg", "image/svg+xml", PackageResources.icon_svg)

    let fileName: String
    let mediaType: String
    let content: [UInt8]

    var path: String { PortalPath.assets + fileName }

    init(_ name: String, _ suffix: String, _ mediaType: String, _ content: [UInt8]) {
        let digest = Base64URL.encode(Array(SHA256.hash(data: content).prefix(9)))
        fileName = "\(name).\(digest).\(suffix)"
        self.mediaType = mediaType
        self.content = content
    }

    /// The file as an answer that every cache may keep.
    var response: PortalResponse {
        PortalResponse(
            status: 200,
            fields: [
                ("Content-Type", mediaType),
                ("Cache-Control", "public, max-age=31536000, immutable"),
                ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
                ("X-Content-Type-Options", "nosniff"),
                ("Cross-Origin-Resource-Policy", "same-origin"),
            ], body: content)
    }
}
