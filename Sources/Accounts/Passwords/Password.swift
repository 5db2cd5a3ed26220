/// A password in the form that is hashed and compared: Unicode's NFKC (NIST SP 800-63B-4, section 3.1.1.2), so that one
/// keyboard's `é` is another's.
///
/// Nothing else is done to it: no trimming, no change of case, no cutting off (OWASP ASVS 5.0, 6.2.8).
package struct Password: Sendable {
    /// Secret.
    package let text: String

    package init(_ text: String) { self.text = text.compatibilityForm }
}

extension Password: CustomReflectable, CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "a password" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
