import EventLoop
import ProxyProtocol

/// A header read in the steps that it asks for is what it is in one piece, takes no byte of what follows, and ends
/// within its bound.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProxyHeader(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe fuzzInput(start, count)
    var taken = 0
    do throws(ProxyHeader.Problem) {
        while true {
            switch try ProxyHeader.parse(bytes.span.extracting(..<taken)) {
            case .needMore(let most):
                if most < 1 || taken + most > ProxyHeader.bytesMax { finding("asks for nothing, or for too much") }
                if taken == bytes.count { return 0 }
                taken = min(bytes.count, taken + most)
            case .complete(let header):
                if try ProxyHeader.parse(bytes.span.extracting(..<taken)) != .complete(header) {
                    finding("another header the second time")
                }
                for end in cuts(of: Array(bytes[..<taken])) where end < taken {
                    guard case .needMore(let most) = try ProxyHeader.parse(bytes.span.extracting(..<end)) else {
                        finding("complete before its end")
                    }
                    if end + most > taken { finding("asks for bytes behind the header") }
                }
                return 0
            }
        }
    } catch {
        return 0
    }
}
