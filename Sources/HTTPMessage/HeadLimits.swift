/// How large a head may be. A client that goes beyond is told which limit it was.
package struct HeadLimits: Sendable, Hashable {
    /// The whole head, with its final empty line. Beyond: 431.
    package var headBytesMax: Int
    /// How many fields; each cookie of a Cookie field counts as one (CVE-2026-47774). Beyond: 431.
    package var fieldCountMax: Int
    /// The target of a request. Beyond: 414.
    package var targetBytesMax: Int

    package init(headBytesMax: Int = 64 * 1024, fieldCountMax: Int = 100, targetBytesMax: Int = 8 * 1024) {
        self.headBytesMax = headBytesMax
        self.fieldCountMax = fieldCountMax
        self.targetBytesMax = targetBytesMax
    }
}
