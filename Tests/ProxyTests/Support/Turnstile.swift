/// Where an application waits until the test has seen it.
actor Turnstile {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    var isReached: Bool { !waiting.isEmpty }

    func wait() async {
        if isOpen { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for waiter in waiting { waiter.resume() }
        waiting = []
    }
}
