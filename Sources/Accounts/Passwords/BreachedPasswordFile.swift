import Crypto
import Foundation

/// A file of passwords that were found in breaches (OWASP ASVS 5.0, 6.2.12), as https://haveibeenpwned.com/Passwords
/// gives it out “ordered by hash”: the SHA-1 of one in hexadecimal on each line, in ascending order, perhaps with `:` and
/// a number after it.
///
/// Nobody is asked over the network: a gateway tells nobody about its users' passwords. The file has tens of gigabytes
/// and is not read: a lookup halves it some thirty times.
package struct BreachedPasswordFile: Sendable {
    private static let digestLength = 40
    /// The longest line that such a file has, with room to spare.
    private static let lineBytesMax = 128
    /// What is read at once and looked through from its beginning, when no more is left.
    private static let blockBytes: UInt64 = 4_096

    private let path: String

    package init(path: String) { self.path = path }

    /// - Throws: `fault` for a file that cannot be read, or is no such file: a password that was not looked up is not
    ///   taken.
    package func contains(_ password: String) throws(AccountsError) -> Bool {
        let digest = Insecure.SHA1.hash(data: Data(password.utf8))
        let sought = digest.flatMap { [Self.hexDigits[Int($0 >> 4)], Self.hexDigits[Int($0 & 15)]] }
        do {
            guard let handle = FileHandle(forReadingAtPath: path) else {
                throw Unreadable(reason: "it cannot be opened")
            }
            defer { try? handle.close() }
            return try Self.find(sought, in: handle)
        } catch {
            throw .fault("the file of breached passwords \(path): \(error)")
        }
    }

    private struct Unreadable: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    private static func find(_ sought: [UInt8], in handle: FileHandle) throws -> Bool {
        // Both are where a line begins, or the end of the file.
        var low: UInt64 = 0
        var high = try handle.seekToEnd()
        while high - low > blockBytes {
            // Half of what is left is longer than any line, so a line that begins after the middle begins before `high`.
            let middle = low + (high - low) / 2
            let text = try read(handle, middle, lineBytesMax * 2)
            guard let newline = text.firstIndex(of: UInt8(ascii: "\n")) else { throw Unreadable(reason: "a long line") }
            let line = try digest(of: text[(newline + 1)...])
            if line == sought { return true }
            let start = middle + UInt64(newline + 1)
            if sought.lexicographicallyPrecedes(line) { high = start } else { low = start }
        }
        let lines = try read(handle, low, Int(high - low)).split(separator: UInt8(ascii: "\n"))
        return try lines.contains { try digest(of: $0) == sought }
    }

    /// The digest that a line begins with, in upper case.
    private static func digest(of line: ArraySlice<UInt8>) throws -> [UInt8] {
        let digest = line.prefix(digestLength).map { (0x61...0x66).contains($0) ? $0 - 0x20 : $0 }
        let after = line.dropFirst(digestLength).first
        let isOver = after.map { [UInt8(ascii: ":"), UInt8(ascii: "\r"), UInt8(ascii: "\n")].contains($0) } ?? true
        guard digest.count == digestLength, digest.allSatisfy({ hexDigits.contains($0) }), isOver else {
            throw Unreadable(reason: "a line without a SHA-1 in hexadecimal")
        }
        return digest
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    private static func read(_ handle: FileHandle, _ offset: UInt64, _ count: Int) throws -> [UInt8] {
        try handle.seek(toOffset: offset)
        return Array(try handle.read(upToCount: count) ?? Data())
    }
}
