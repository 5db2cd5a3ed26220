import Testing

/// Waits until `condition` holds, for as long as only a broken gateway would need.
func eventually(
    _ what: Comment = "waited in vain", sourceLocation: Testing.SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    for _ in 0..<10_000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record(what, sourceLocation: sourceLocation)
}
