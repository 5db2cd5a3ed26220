import Configuration

/// A configuration is taken whole, or refused with the places of what is wrong, and both alike when it is read again;
/// it takes no longer than its size allows, and nothing in it can end the process.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzConfiguration(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: unsafe fuzzInput(start, count), as: UTF8.self)
    // What other files hold is not the fuzzer's to say.
    if text.contains("include") { return 0 }
    let outcome = load(text)
    if (outcome.snapshot == nil) == outcome.errors.isEmpty { finding("refused for nothing, or taken with errors") }
    let again = load(text)
    // Of several keys that stand twice and are lists or maps, the library tells of any one.
    if !outcome.diagnostics.contains(where: { $0.found == "a key that is a list or a map" }),
        outcome.diagnostics.map(\.description) != again.diagnostics.map(\.description)
    {
        finding("other problems at a second look")
    }
    // The last line may be empty, and a problem may be told of the line behind the last.
    let lines = text.unicodeScalars.count { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) } + 2
    for diagnostic in outcome.diagnostics where !(1...lines).contains(diagnostic.location.line) {
        finding("a problem outside of the file")
    }
    return 0
}

private func load(_ text: String) -> ConfigurationLoader.Outcome {
    ConfigurationLoader.load(text: text, folder: "/nonexistent", environment: ["SET": "value", "EMPTY": ""])
}
