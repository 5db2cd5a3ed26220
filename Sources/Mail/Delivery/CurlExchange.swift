import CCurl
import Glibc

/// What libcurl is given and tells during one hand-over.
final class CurlExchange {
    private let message: [UInt8]
    private var sentCount = 0
    private let cancellation: Cancellation
    /// The server's refusal, if there was one, cut to what a log and a column hold.
    private(set) var refusal = ""

    /// Whether any byte of the message went out.
    var hasBegun: Bool { sentCount > 0 }

    private static let lineBytesMax = 500

    init(_ message: [UInt8], _ cancellation: Cancellation) {
        self.message = message
        self.cancellation = cancellation
    }

    /// Sets the callbacks. They use this object without keeping it alive.
    func attach(to handle: UnsafeMutableRawPointer, _ result: inout CURLcode) {
        let pointer = unsafe Unmanaged.passUnretained(self).toOpaque()
        let codes = [
            unsafe gatehouse_curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(message.count)),
            unsafe gatehouse_curl_set_pointer(handle, CURLOPT_READDATA, pointer),
            unsafe gatehouse_curl_on_read(handle) { buffer, size, count, pointer in
                guard let exchange = unsafe CurlExchange.from(pointer), let buffer = unsafe buffer else { return 0 }
                return unsafe exchange.read(into: buffer, room: size * count)
            },
            unsafe gatehouse_curl_set_pointer(handle, CURLOPT_HEADERDATA, pointer),
            unsafe gatehouse_curl_on_header(handle) { buffer, size, count, pointer in
                guard let exchange = unsafe CurlExchange.from(pointer), let buffer = unsafe buffer else { return 0 }
                unsafe exchange.take(UnsafeRawBufferPointer(start: buffer, count: size * count))
                return size * count
            },
            unsafe gatehouse_curl_set_number(handle, CURLOPT_NOPROGRESS, 0),
            unsafe gatehouse_curl_set_pointer(handle, CURLOPT_XFERINFODATA, pointer),
            unsafe gatehouse_curl_on_progress(handle) { pointer, _, _, _, _ in
                guard let exchange = unsafe CurlExchange.from(pointer) else { return 1 }
                return exchange.cancellation.isCancelled && !exchange.hasBegun ? 1 : 0
            },
        ]
        for code in codes where result == CURLE_OK { result = code }
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> CurlExchange? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe Unmanaged<CurlExchange>.fromOpaque(pointer).takeUnretainedValue()
    }

    private func read(into buffer: UnsafeMutablePointer<CChar>, room: Int) -> Int {
        let count = min(room, message.count - sentCount)
        guard count > 0 else { return 0 }
        unsafe message.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe memcpy(buffer, start + sentCount, count)
        }
        sentCount += count
        return count
    }

    /// A line of the server: of its replies, those of the fourth and fifth hundred say no (RFC 5321, section 4.2.1).
    private func take(_ line: UnsafeRawBufferPointer) {
        guard let first = unsafe line.first, first == UInt8(ascii: "4") || first == UInt8(ascii: "5") else { return }
        let text = unsafe String(decoding: line.prefix(Self.lineBytesMax), as: UTF8.self)
        refusal = String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })
    }
}
