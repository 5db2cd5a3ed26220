import Configuration
import Mail

/// What a configuration says about mail, made ready: templates read, addresses understood.
enum MailOffice {
    /// - Throws: a diagnostic at the place that says so, if the site's templates or its address cannot be used.
    static func open(_ settings: MailSettings) throws(MailOfficeError) -> Postman.Office {
        guard let sender = MailSender(settings.from) else {
            throw MailOfficeError(
                problems: ["\"\(settings.from)\" is no address"], advice: "write it as Name <no-reply@example.com>",
                location: settings.location)
        }
        do throws(MailTemplateError) {
            let overrides: [String: String]
            if let folder = settings.templates { overrides = try TemplateFolder.read(folder) } else { overrides = [:] }
            let site = MailTemplates.Site(
                name: sender.name ?? sender.address.domain, language: settings.language)
            return Postman.Office(
                sender: sender, templates: try MailTemplates(site: site, overrides: overrides),
                delivery: delivery(settings.delivery))
        } catch {
            throw MailOfficeError(
                problems: error.problems, advice: "see the shipped ones in Sources/Mail/Resources",
                location: settings.location)
        }
    }

    private static func delivery(_ settings: MailSettings.Delivery) -> any MailDelivery {
        switch settings {
        case .folder(let path, _): return FolderDelivery(folder: path)
        case .smtp(let smtp):
            var server = SMTPServer(
                url: smtp.url, security: smtp.requiresTLS ? .required : .none, authorities: smtp.authorities,
                timeout: smtp.timeout)
            if let username = smtp.username, let password = smtp.password {
                server.login = SMTPServer.Login(username: username, password: password)
            }
            return SMTPDelivery(server)
        }
    }

    /// What is wrong with a configuration's mail.
    static func diagnostics(_ snapshot: Snapshot) -> [Diagnostic] {
        guard let settings = snapshot.mail else { return [] }
        do throws(MailOfficeError) {
            _ = try open(settings)
            return []
        } catch {
            return error.problems.map { Diagnostic(error.location, found: "mail: \($0)", fix: error.advice) }
        }
    }
}

/// Why no mail can be sent with a configuration.
struct MailOfficeError: Error, CustomStringConvertible {
    let problems: [String]
    let advice: String
    let location: SourceLocation

    var description: String { "\(location): mail: \(problems.joined(separator: "; ")); \(advice)" }
}
