import Configuration

/// What a row of health checks amounts to.
enum HealthFinding: Sendable, Equatable {
    case well
    case unwell(String)
}

/// Makes a finding of single checks: so many of one kind in a row change it. The first check decides at once, since
/// until then nothing is known.
struct HealthVerdict {
    private let healthyAfter: Int
    private let unhealthyAfter: Int
    private var isWell: Bool?
    private var inRow = 0

    init(_ settings: UpstreamSettings.HealthCheck) {
        healthyAfter = settings.healthyAfter
        unhealthyAfter = settings.unhealthyAfter
    }

    /// Takes the outcome of a check, nil being a good one. The finding, if it is another now.
    mutating func note(problem: String?) -> HealthFinding? {
        let isGood = problem == nil
        guard let isWell, isWell == isGood else {
            inRow += 1
            guard isWell == nil || inRow >= (isGood ? healthyAfter : unhealthyAfter) else { return nil }
            self.isWell = isGood
            inRow = 0
            return problem.map { .unwell($0) } ?? .well
        }
        inRow = 0
        return nil
    }
}
