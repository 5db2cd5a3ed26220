import Foundation

extension String {
    /// The text in Unicode's NFKC: what looks alike by compatibility is alike (Unicode Standard Annex 15).
    var compatibilityForm: String {
        // Nothing in ASCII has another form, and nearly everything is ASCII.
        utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCompatibilityMapping
    }

    /// The same, of a text that is not too long for a name or an address; one that is will be refused as it is.
    var boundedForm: String { utf8.count <= 4 * 255 ? compatibilityForm : self }

    /// The one form of all spellings of a username or address: for what is known by it and is not in the database.
    var loginForm: String { compatibilityForm.lowercased().compatibilityForm }
}
