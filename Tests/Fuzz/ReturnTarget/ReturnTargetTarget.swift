import Foundation

/// Whatever `rd` says, it leads to a place of ours: a path on the same host, or one of the configured hosts, and a
/// browser reads it so too.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReturnTarget(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe fuzzInput(start, count)
    check(String(decoding: bytes, as: UTF8.self))
    // As the login page gets it: from a query.
    if let form = FormFields(bytes), let rd = form["rd"] { check(rd) }
    return 0
}

private let targets = WebOrigin("https://login.example.com:8443").map {
    ReturnTargets(
        publicOrigin: $0, hostPatterns: ["spc.example.com", "*.apps.example.com", "{plant}.reports.test", "*"])
}

private func check(_ rd: String) {
    guard let targets else { finding("an origin that is none") }
    guard let target = targets.target(rd) else { return }
    let url = target.url
    for byte in url.utf8 where byte <= 0x20 || byte >= 0x7F { finding("a byte that a link may not have") }
    if !isPath(target.path) { finding("a path that could lead to another host") }
    guard let origin = target.origin else { return }
    if origin.scheme != "https" { finding("another scheme") }
    if origin.port != nil, origin.port != 8443 { finding("another port") }
    if !isOurs(origin.host) { finding("another host: \(origin.host)") }
    guard url.hasPrefix(origin.text + "/"), let read = URLComponents(string: url) else { finding("not a URL") }
    if read.encodedHost != origin.host || read.port != origin.port || read.user != nil || read.scheme != "https" {
        finding("a URL that is read in another way")
    }
    // What was checked once leads to the same place when it comes again.
    if targets.target(url)?.url != url { finding("not the same when it comes again") }
}

/// One slash, and nothing before the query that a browser takes for a second one, or drops.
private func isPath(_ path: String) -> Bool {
    let bytes = Array(path.utf8)
    guard bytes.first == UInt8(ascii: "/") else { return false }
    if bytes.count > 1, bytes[1] == UInt8(ascii: "/") { return false }
    return !bytes.contains(UInt8(ascii: "\\"))
}

private func isOurs(_ host: String) -> Bool {
    if ["login.example.com", "spc.example.com"].contains(host) { return true }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    return labels.count == 4 && labels.dropFirst() == ["apps", "example", "com"]
        || labels.count == 3 && labels.dropFirst() == ["reports", "test"]
}
