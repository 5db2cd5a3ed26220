/// Why the head of a request is refused. After it nobody knows where the next request would begin: answer and close.
package enum RequestError: Error, Sendable, Hashable, CaseIterable {
    case bareLineFeed
    case malformedRequestLine
    case methodTooLong
    case malformedVersion
    case unsupportedVersion
    case malformedTarget
    case targetTooLong
    case headTooLarge
    case tooManyFields
    case malformedFieldName
    case malformedFieldValue
    case foldedField
    case missingHost
    case severalHosts
    case malformedHost
    case hostMismatch
    case malformedContentLength
    case severalContentLengths
    case malformedTransferEncoding
    case lengthAndTransferEncoding
    case malformedConnection
    case unknownExpectation

    /// The status to answer with (RFC 9110, section 15.5).
    package var status: Int {
        switch self {
        case .targetTooLong: 414
        case .headTooLarge, .tooManyFields: 431
        case .methodTooLong: 501
        case .unsupportedVersion: 505
        case .unknownExpectation: 417
        default: 400
        }
    }

    /// A stable name for programs.
    package var code: String {
        switch self {
        case .bareLineFeed: "bare_line_feed"
        case .malformedRequestLine: "malformed_request_line"
        case .methodTooLong: "method_too_long"
        case .malformedVersion: "malformed_version"
        case .unsupportedVersion: "unsupported_version"
        case .malformedTarget: "malformed_target"
        case .targetTooLong: "target_too_long"
        case .headTooLarge: "head_too_large"
        case .tooManyFields: "too_many_fields"
        case .malformedFieldName: "malformed_field_name"
        case .malformedFieldValue: "malformed_field_value"
        case .foldedField: "folded_field"
        case .missingHost: "missing_host"
        case .severalHosts: "several_hosts"
        case .malformedHost: "malformed_host"
        case .hostMismatch: "host_mismatch"
        case .malformedContentLength: "malformed_content_length"
        case .severalContentLengths: "several_content_lengths"
        case .malformedTransferEncoding: "malformed_transfer_encoding"
        case .lengthAndTransferEncoding: "length_and_transfer_encoding"
        case .malformedConnection: "malformed_connection"
        case .unknownExpectation: "unknown_expectation"
        }
    }

    /// A sentence for people.
    package var detail: String {
        switch self {
        case .bareLineFeed: "A line of the head ends in LF without CR."
        case .malformedRequestLine: "The first line is not METHOD TARGET VERSION, with one space between them."
        case .methodTooLong: "The method is longer than any that is known."
        case .malformedVersion: "The version is not HTTP/1.0 or HTTP/1.1."
        case .unsupportedVersion: "This version of HTTP is not spoken here; HTTP/1.1 is."
        case .malformedTarget: "The target has a byte or a form that a target may not have."
        case .targetTooLong: "The target is too long."
        case .headTooLarge: "The head is too large."
        case .tooManyFields: "There are too many header fields or cookies."
        case .malformedFieldName: "The name of a header field is empty or has a byte that a name may not have."
        case .malformedFieldValue: "The value of a header field has a control byte."
        case .foldedField: "A header field goes on over a second line."
        case .missingHost: "There is no Host field."
        case .severalHosts: "There is more than one Host field."
        case .malformedHost: "The Host field is not a host with an optional port."
        case .hostMismatch: "The target names another host than the Host field."
        case .malformedContentLength: "Content-Length is not a plain decimal number."
        case .severalContentLengths: "There is more than one Content-Length."
        case .malformedTransferEncoding: "Transfer-Encoding is not exactly one chunked, in HTTP/1.1."
        case .lengthAndTransferEncoding: "There is a Content-Length and a Transfer-Encoding."
        case .malformedConnection: "The Connection field has an option that is not a token."
        case .unknownExpectation: "The only expectation that is met here is 100-continue."
        }
    }
}
