import HTTPMessage
@testable import Policy

/// A normal form is its own normal form, is what RFC 3986 makes of the path, and holds nothing that anybody could read
/// differently; nor does any of the readings that the policy takes into account have a dot segment.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPath(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let path = unsafe fuzzInput(start, count)
    guard let form = normalForm(of: path) else { return 0 }
    if normalForm(of: form) != form { finding("a normal form that is not normal") }
    if plainForm(of: path) != form { finding("not what RFC 3986 says") }
    check(form)
    for traits in 0..<UInt8(16) {
        if let reading = reading(of: form, PathTraits(rawValue: traits)) { check(reading) }
    }
    return 0
}

private func check(_ form: [UInt8]) {
    if form.first != slash { finding("a path that is none") }
    for segment in form.split(separator: slash) where isDot(segment) || isDots(segment) { finding("a dot segment") }
    for byte in form where !(0x21...0x7E).contains(byte) || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "?") {
        finding("a byte that a path may not have")
    }
}

private func normalForm(of path: [UInt8]) -> [UInt8]? {
    var output = ByteBuffer()
    do throws(PathRefusal) {
        _ = try PathNormalizer.normalize(path.span, into: &output)
        return output.span.copied
    } catch {
        return nil
    }
}

private func reading(of form: [UInt8], _ traits: PathTraits) -> [UInt8]? {
    var output = ByteBuffer()
    return PathReadings.write(form.span, traits, into: &output) ? output.span.copied : nil
}

// MARK: The same done plainly

private let unreserved = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
private let otherPathCharacters = Set("!$&'()*+,;=:@".utf8)
private let slash = UInt8(ascii: "/")

private func isDot(_ segment: some Sequence<UInt8>) -> Bool { segment.elementsEqual(".".utf8) }
private func isDots(_ segment: some Sequence<UInt8>) -> Bool { segment.elementsEqual("..".utf8) }

/// Dot segments removed (RFC 3986, section 5.2.4) from a stack of segments in normal form; nil for what leads above the
/// root.
private func plainForm(of path: [UInt8]) -> [UInt8]? {
    var stack: [[UInt8]] = []
    let segments = path.dropFirst().split(separator: slash, omittingEmptySubsequences: false)
    for (index, raw) in segments.enumerated() {
        let segment = plainSegment(Array(raw))
        if isDots(segment), stack.popLast() == nil { return nil }
        if !isDot(segment), !isDots(segment) {
            stack.append(segment)
        } else if index == segments.count - 1 {
            stack.append([])
        }
    }
    return [slash] + stack.joined(separator: [slash])
}

/// Escapes of unreserved characters decoded, all others in upper case (RFC 3986, section 6.2.2).
private func plainSegment(_ raw: [UInt8]) -> [UInt8] {
    var segment: [UInt8] = []
    var position = 0
    while position < raw.count {
        var byte = raw[position]
        var isEscaped = false
        if byte == UInt8(ascii: "%"), position + 2 < raw.count,
            let value = UInt8(String(decoding: raw[(position + 1)...(position + 2)], as: UTF8.self), radix: 16)
        {
            byte = value
            isEscaped = true
            position += 2
        }
        position += 1
        if unreserved.contains(byte) || !isEscaped && otherPathCharacters.contains(byte) {
            segment.append(byte)
        } else {
            let digits = String(byte, radix: 16, uppercase: true)
            segment += Array(("%" + (digits.utf8.count == 1 ? "0" : "") + digits).utf8)
        }
    }
    return segment
}
