import Foundation
import Testing

@testable import Configuration

/// What editors complete by.
@Suite struct `The JSON schema` {
    private static var root: [String: Any] {
        get throws {
            let value = try JSONSerialization.jsonObject(with: Data(JSONSchema.text().utf8))
            return try #require(value as? [String: Any])
        }
    }

    @Test func `in config is the one that is made from the definitions: run make schema`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "config/gatehouse.schema.json")
        let shipped = try String(contentsOf: file, encoding: .utf8)
        let made = try JSONSchema.text()
        #expect(shipped == made)
    }

    @Test func `knows every key of every section, with what it means`() throws {
        let text = try JSONSchema.text()
        for section in Section.all {
            for key in section.keys {
                #expect(text.contains("\"\(key.name)\" : {"), "\(section.name).\(key.name)")
                #expect(text.contains(key.meaning.replacing("\"", with: "\\\"")), "\(section.name).\(key.name)")
            }
        }
    }

    @Test func `takes no key that the configuration would refuse`() throws {
        #expect(try Self.root["additionalProperties"] as? Bool == false)
        let text = try JSONSchema.text()
        let objects = text.components(separatedBy: "\"properties\" : {").count - 1
        let closed = text.components(separatedBy: "\"additionalProperties\" : false").count - 1
        #expect(objects == closed)
    }

    @Test(arguments: [
        ("workers", #"{"anyOf":[{"type":"integer"},{"enum":["auto"]},"#),
        ("reload", #"{"anyOf":[{"enum":["signal","watch"]},"#),
    ])
    func `makes of a phrase what it allows`(key: String, beginning: String) throws {
        let properties = try #require(try Self.root["properties"] as? [String: Any])
        var schema = try #require(properties[key] as? [String: Any])
        schema["description"] = nil
        let data = try JSONSerialization.data(withJSONObject: schema, options: [.sortedKeys, .withoutEscapingSlashes])
        #expect(String(decoding: data, as: UTF8.self).hasPrefix(beginning), "\(String(decoding: data, as: UTF8.self))")
    }
}
