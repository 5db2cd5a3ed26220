/// A session cookie that takes the place of the one that came with a request.
package struct RotatedCookie: Sendable {
    /// Secret.
    package var value: String
    /// In seconds; nil: until the browser is closed.
    package var maxAge: Int?

    package init(value: String, maxAge: Int?) {
        self.value = value
        self.maxAge = maxAge
    }
}
