import HTTPMessage

/// What a malformed line means for a request.
extension RequestError {
    init(_ problem: FieldLines.Problem) {
        switch problem {
        case .malformedName: self = .malformedFieldName
        case .malformedValue: self = .malformedFieldValue
        case .folded: self = .foldedField
        case .tooMany: self = .tooManyFields
        }
    }

    init(_ problem: FramingFields.Problem) {
        switch problem {
        case .malformedLength: self = .malformedContentLength
        case .severalLengths: self = .severalContentLengths
        case .malformedTransferEncoding: self = .malformedTransferEncoding
        case .lengthAndTransferEncoding: self = .lengthAndTransferEncoding
        }
    }
}
