import Configuration
import Portal

/// What a configuration says about the look of the pages, made ready: files read, colours measured, templates tried.
enum PortalLooks {
    /// - Throws: a diagnostic at the key that says what cannot be used.
    static func branding(_ snapshot: Snapshot) throws(PortalLookError) -> Branding {
        let look = snapshot.portal
        do throws(BrandingProblem) {
            return try Branding.load(
                name: look.name, logo: look.logo, colour: look.colour, templates: look.templates)
        } catch {
            throw PortalLookError(problem: error, location: look.locations[error.key.rawValue])
        }
    }

    /// What is wrong with a configuration's look.
    static func diagnostics(_ snapshot: Snapshot) -> [Diagnostic] {
        do throws(PortalLookError) {
            _ = try branding(snapshot)
            return []
        } catch {
            guard let location = error.location else { return [] }
            return [
                Diagnostic(
                    location, found: "portal.\(error.problem.key.rawValue): \(error.problem.description)",
                    fix: error.problem.fix)
            ]
        }
    }
}

/// Why the pages cannot look as a configuration says.
struct PortalLookError: Error, CustomStringConvertible {
    let problem: BrandingProblem
    let location: SourceLocation?

    var description: String {
        let place = location.map { "\($0): " } ?? ""
        return "\(place)portal.\(problem.key.rawValue): \(problem.description); \(problem.fix)"
    }
}
