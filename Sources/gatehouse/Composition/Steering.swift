import Configuration

/// Does with a running gateway what signals and changed files ask for, one after the other.
struct Steering {
    private let serving: Serving
    private let requests: Requests
    private let load: @Sendable () -> ConfigurationLoader.Outcome
    /// What is served at present.
    private var snapshot: Snapshot
    private let configurationWatch: FileWatch
    private let certificateWatch: FileWatch
    /// The process that is to follow this one, while it is not known to serve.
    private var successor: Successor?

    /// - Parameter sight: how the files looked before they were read.
    init(
        _ serving: Serving, _ snapshot: Snapshot, _ outcome: ConfigurationLoader.Outcome, sight: FileSight,
        requests: Requests, load: @escaping @Sendable () -> ConfigurationLoader.Outcome
    ) {
        self.serving = serving
        self.snapshot = snapshot
        self.requests = requests
        self.load = load
        configurationWatch = FileWatch(label: "configuration") { requests.ask(.reload) }
        certificateWatch = FileWatch(label: "certificates") { requests.ask(.reloadCertificates) }
        watch(outcome, since: sight)
    }

    /// False when that was the end.
    mutating func follow(_ request: Requests.Request) async -> Bool {
        switch request {
        case .stop:
            // Whoever stops us means the one that is to follow us too.
            successor?.stop()
            ServiceManager.tell("STOPPING=1")
            await serving.stop()
            return false
        case .reload: await reload()
        case .reloadCertificates: await serving.reloadCertificates(of: snapshot)
        case .handOver: await startSuccessor()
        case .successorAnswered(let outcome):
            successor = nil
            serving.report(outcome)
            guard case .serves = outcome else { break }
            await serving.stop()
            return false
        }
        return true
    }

    private mutating func reload() async {
        ServiceManager.tell("RELOADING=1")
        for watch in [configurationWatch, certificateWatch] { watch.filesAreRead() }
        let outcome = load()
        // What it names for the first time.
        var sight = FileSight(of: outcome.files)
        sight.add(outcome.snapshot.map(Self.certificateFiles) ?? [])
        if let changed = outcome.snapshot {
            if await serving.reload(changed) { snapshot = changed }
        } else {
            serving.reportFailedReload(outcome.errors)
        }
        watch(outcome, since: sight)
        ServiceManager.tell("READY=1")
    }

    private mutating func startSuccessor() async {
        guard successor == nil, let started = await serving.startSuccessor() else { return }
        successor = started
        let requests = requests
        Task { requests.ask(.successorAnswered(await started.outcome())) }
    }

    private func watch(_ outcome: ConfigurationLoader.Outcome, since sight: FileSight) {
        configurationWatch.watch(snapshot.watchesFiles ? outcome.files : [], since: sight)
        certificateWatch.watch(Self.certificateFiles(of: snapshot), since: sight)
    }

    /// The files of certificates, keys and authorities that a configuration names.
    static func certificateFiles(of snapshot: Snapshot) -> [String] {
        let listeners = snapshot.listeners.flatMap { listener -> [CertificatePair] in
            if case .gateway(let pairs) = listener.purpose { pairs } else { [] }
        }
        let pairs = listeners + snapshot.upstreams.compactMap(\.tls.certificate)
        let authorities = snapshot.upstreams.compactMap(\.tls.authority)
        return pairs.flatMap { [$0.certificate, $0.key] } + authorities
    }
}
