extension Section {
    static let mail = Section(
        name: "mail",
        keys: [
            Key(name: "from", allowed: "an address, perhaps with a name before it", meaning: "whom mails are from"),
            Key(name: "smtp", allowed: "a map with url", meaning: "the mail server that takes them on their way"),
            Key(name: "folder", allowed: "a path", meaning: "writes mails into a folder instead of sending them"),
            Key(
                name: "show", allowed: "true or false",
                meaning: "shows the folder's mails on a page, to everybody: for trying things out"),
            Key(name: "language", allowed: "a language like en or de", meaning: "of those who asked for none of ours"),
            Key(name: "templates", allowed: "a folder", meaning: "templates of your own, in place of ours"),
        ])
    static let smtp = Section(
        name: "smtp",
        keys: [
            Key(
                name: "url", allowed: "smtp://host:port or smtps://host:port",
                meaning: "where the server is; smtp:// turns to TLS by STARTTLS"),
            Key(name: "username", allowed: "text", meaning: "who signs in there"),
            Key(name: "password", allowed: "text", meaning: "with which password"),
            Key(name: "tls", allowed: "required or none", meaning: "whether anything is said without TLS"),
            Key(name: "ca", allowed: "a PEM file", meaning: "the authorities to trust instead of the system's"),
            Key(
                name: "timeout", allowed: "a duration", meaning: "how long handing over one mail may take, 120s at most"
            ),
        ], holdsSecrets: true)
}
