/// How assertions are signed. Its description and its mirror leave the keys out.
package struct AssertionSettings: Sendable, CustomStringConvertible, CustomReflectable {
    /// What seals the signing keys in the database: 32 bytes each. The first seals; the others open what they once
    /// sealed.
    package var encryptionKeys: [[UInt8]]
    /// How long a signing key is used.
    package var rotation = Duration.seconds(30 * 86_400)
    /// Whether `/.gatehouse/assertion-test` hands out assertions that must be refused.
    package var servesTest = false
    /// Where the configuration says so, for messages.
    package var location: SourceLocation

    package init(encryptionKeys: [[UInt8]], location: SourceLocation = SourceLocation(file: "")) {
        self.encryptionKeys = encryptionKeys
        self.location = location
    }

    package var description: String { "\(encryptionKeys.count) keys rotate: \(rotation) test: \(servesTest)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
