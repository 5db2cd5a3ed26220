import Configuration
import TLS

/// Loads the certificates that a configuration names, only to see whether that works.
enum CertificateCheck {
    /// A diagnostic, at the place that names it, for every certificate that could not be served.
    static func diagnostics(_ snapshot: Snapshot) -> [Diagnostic] {
        snapshot.listeners.flatMap { listener -> [Diagnostic] in
            guard case .gateway(let pairs) = listener.purpose else { return [] }
            return pairs.compactMap(diagnostic)
        }
    }

    private static func diagnostic(_ pair: CertificatePair) -> Diagnostic? {
        do throws(TLSConfigurationError) {
            let certificate = try Certificate(certificateFile: pair.certificate, keyFile: pair.key)
            try certificate.requireCurrent()
            return nil
        } catch {
            return Diagnostic(pair.location, found: "\(error)")
        }
    }
}
