import Configuration
import TLS

/// Loads the certificates that a configuration names, only to see whether that works.
enum CertificateCheck {
    /// A diagnostic, at the place that names it, for every certificate that could not be served.
    static func diagnostics(_ snapshot: Snapshot) -> [Diagnostic] {
        let listeners = snapshot.listeners.flatMap { listener -> [CertificatePair] in
            if case .gateway(let pairs) = listener.purpose { pairs } else { [] }
        }
        return (listeners + snapshot.upstreams.compactMap(\.tls.certificate)).compactMap(diagnostic)
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
