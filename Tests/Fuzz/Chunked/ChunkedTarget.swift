import HTTP1
import HTTPMessage

/// What a decoder makes of a body that comes in parts.
private struct Decoded: Equatable {
    var data: [UInt8] = []
    var consumed: Int?
    var error: ChunkError?

    init(_ bytes: [UInt8], upTo places: [Int]) {
        var decoder = ChunkedDecoder()
        var position = 0
        do throws(ChunkError) {
            for end in places {
                reading: while true {
                    switch try decoder.next(bytes.span.extracting(position..<end)) {
                    case .needMore(let count):
                        if count != end - position { finding("bytes that are neither wanted nor done with") }
                        position += count
                        break reading
                    case .data(let skip, let count):
                        if count == 0 || skip + count > end - position { finding("data that is not there") }
                        data += bytes[(position + skip)..<(position + skip + count)]
                        position += skip + count
                    case .end(let count):
                        if count > end - position { finding("an end that is not there") }
                        consumed = position + count
                        return
                    }
                }
            }
        } catch {
            self.error = error
        }
    }
}

/// A body is the same whole and in parts; and its data, written as chunks of ours, is read again as it was.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzChunked(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe fuzzInput(start, count)
    let whole = Decoded(bytes, upTo: [bytes.count])
    if Decoded(bytes, upTo: cuts(of: bytes)) != whole { finding("parts differ from the whole") }
    if whole.consumed != nil {
        var buffer = ByteBuffer()
        let middle = whole.data.count / 2
        HTTP1Serializer.appendChunk(whole.data.span.extracting(0..<middle), to: &buffer)
        HTTP1Serializer.appendChunk(whole.data.span.extracting(middle...), to: &buffer)
        HTTP1Serializer.appendLastChunk(to: &buffer)
        let written = buffer.span.copied
        let again = Decoded(written, upTo: [written.count])
        if again.data != whole.data || again.consumed != written.count {
            finding("what is written is not what was read")
        }
    }
    return 0
}
