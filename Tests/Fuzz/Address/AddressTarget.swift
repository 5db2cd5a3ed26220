import EventLoop

/// An address that is taken, written and read again is the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAddress(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: unsafe fuzzInput(start, count), as: UTF8.self)
    guard let address = SocketAddress(text) else { return 0 }
    if SocketAddress(address.description) != address { finding("an address that is another once it is written") }
    _ = address.hostText
    return 0
}
