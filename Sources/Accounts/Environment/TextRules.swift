import Identity

/// What names, addresses and labels may look like.
///
/// They end up in headers, logs and pages, and decide whom a sign-in finds: nothing invisible gets in, and no username
/// can be taken for an email address or an id.
enum TextRules {
    static func checkUsername(_ text: String) throws(AccountsError) {
        guard (3...50).contains(text.unicodeScalars.count), text.unicodeScalars.allSatisfy(isVisible),
            !text.unicodeScalars.contains("@"), UUID128(text) == nil
        else {
            throw .invalid(
                field: "username",
                allowed: "3 to 50 visible characters without spaces or @, and not in the form of an id")
        }
    }

    static func checkEmail(_ text: String) throws(AccountsError) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.unicodeScalars.count <= 255, text.unicodeScalars.allSatisfy(isVisible), parts.count == 2,
            parts.allSatisfy({ !$0.isEmpty }), !parts[1].hasPrefix("."), !parts[1].hasSuffix("."),
            !parts[1].contains("..")
        else {
            throw .invalid(field: "email address", allowed: "one @ between a name and a domain, at most 255 characters")
        }
    }

    static func checkName(_ text: String, field: String = "name") throws(AccountsError) {
        guard (1...100).contains(text.unicodeScalars.count),
            text.unicodeScalars.allSatisfy({ isVisible($0) || $0 == " " })
        else { throw .invalid(field: field, allowed: "1 to 100 printable characters") }
    }

    static func checkPhone(_ text: String) throws(AccountsError) {
        guard (1...50).contains(text.unicodeScalars.count),
            text.unicodeScalars.allSatisfy({ isVisible($0) || $0 == " " })
        else { throw .invalid(field: "phone number", allowed: "1 to 50 printable characters") }
    }

    /// A global role: travels in a list with commas.
    static func checkLabel(_ text: String) throws(AccountsError) {
        guard (1...64).contains(text.unicodeScalars.count),
            text.unicodeScalars.allSatisfy({ isVisible($0) && $0 != "," })
        else { throw .invalid(field: "role", allowed: "1 to 64 visible characters without spaces or commas") }
    }

    /// A plant's code: a path segment or host label of URLs, so it is spelled with what needs no escaping in either,
    /// and never with digits alone, which name a plant by its id.
    static func checkPlantCode(_ text: String) throws(AccountsError) {
        let isSpelledRight = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard (1...50).contains(text.utf8.count), isSpelledRight, Int64(text) == nil, !text.hasPrefix("-") else {
            throw .invalid(
                field: "plant code", allowed: "1 to 50 letters, digits, - and _, not digits alone, not beginning with -"
            )
        }
    }

    /// Whether a text could be stored at all; what cannot be is not found. PostgreSQL knows no NUL, and a text that
    /// is cut off at one would name somebody else.
    static func isSearchable(_ text: String) -> Bool {
        (1...255).contains(text.unicodeScalars.count)
            && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    }

    /// The one form in which a reference or login is looked up; nil for a text that no account can have.
    static func searchForm(_ text: String) -> String? {
        // Longer than any name or address: not worth normalising.
        guard text.utf8.count <= 4 * 255 else { return nil }
        let text = text.compatibilityForm
        return isSearchable(text) ? text : nil
    }

    /// Letters, marks, digits, punctuation and symbols: no space, control, formatting or unassigned character.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }
}
