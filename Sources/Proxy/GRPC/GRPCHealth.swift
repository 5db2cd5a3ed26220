/// The messages of gRPC's health checking protocol, in so far as they are needed (protobuf's wire format).
enum GRPCHealth {
    /// `HealthCheckRequest {string service = 1}`, behind the five bytes that precede each message: not compressed, and
    /// how long it is.
    static func request(_ service: String) -> [UInt8] {
        let name = Array(service.utf8.prefix(serviceBytesMax))
        let message = name.isEmpty ? [] : [0x0A, UInt8(name.count)] + name
        return [0, 0, 0, 0, UInt8(message.count)] + message
    }

    /// The longest name: its length is one byte of a varint.
    static let serviceBytesMax = 127

    /// Whether this is `HealthCheckResponse {ServingStatus status = 1}` with status SERVING, which is 1.
    static func isServing(_ body: [UInt8]) -> Bool { body == [0, 0, 0, 0, 2, 0x08, 0x01] }
}
