/// A piece of YAML with the place that it came from, its environment references resolved.
struct Node {
    enum Content {
        case null
        case scalar(String)
        case list([Node])
        case map([Entry])
    }

    struct Entry {
        let name: String
        let key: SourceLocation
        let value: Node
    }

    let content: Content
    let location: SourceLocation

    var isList: Bool { if case .list = content { true } else { false } }

    /// Whether it is a list without items.
    var hasNoItems: Bool { if case .list(let items) = content { items.isEmpty } else { false } }

    var text: String? { if case .scalar(let text) = content { text } else { nil } }

    /// What to call it in a message.
    var kind: String {
        switch content {
        case .null: "nothing"
        case .scalar(let text): "\"\(text.prefix(60))\""
        case .list: "a list"
        case .map: "a map"
        }
    }
}
