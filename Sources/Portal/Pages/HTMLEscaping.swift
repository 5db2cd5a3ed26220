import Identity
import Mustache

/// Makes any text safe in a page, in place of swift-mustache's own escaping: that goes over characters as people see them,
/// and lets a quotation mark pass that has a combining accent after it.
struct HTMLEscaping: MustacheContentType {
    /// What templates call it.
    static let name = "GATEHOUSE"

    func escapeText(_ text: String) -> String { text.escapedForMarkup }
}
