/// How many requests may be repeated at once: when all of an application is ill, repeating every request would double
/// the load that made it ill. A share of what is under way, after Envoy's retry budget, and never less than three.
struct RetryBudget {
    private static let floor = 3

    private let percent: Int
    private(set) var underWay = 0

    init(percent: Int) { self.percent = percent }

    /// Takes a part of the budget, if there is one. `active` is the number of requests under way.
    mutating func take(active: Int) -> Bool {
        guard underWay < max(Self.floor, active * percent / 100) else { return false }
        underWay += 1
        return true
    }

    mutating func giveBack() { underWay -= 1 }
}
