import Foundation
import Glibc

/// How some files looked at some moment: enough to tell later whether one of them is another.
struct FileSight: Equatable, Sendable {
    /// Tells two states of a file apart.
    private struct Stamp: Hashable {
        let path: String
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    private var stamps: [String: Stamp]

    /// Looks at the files now.
    init(of files: [String]) {
        stamps = Dictionary(files.map { ($0, Self.stamp(of: $0)) }) { first, _ in first }
    }

    var files: [String] { Array(stamps.keys) }

    /// Looks at further files, and not again at those that were seen before.
    mutating func add(_ files: [String]) {
        stamps.merge(FileSight(of: files).stamps) { former, _ in former }
    }

    /// The same files, as they looked in another sight if they were in it.
    func replaced(by other: FileSight) -> FileSight {
        var sight = self
        for (file, stamp) in other.stamps where stamps[file] != nil { sight.stamps[file] = stamp }
        return sight
    }

    private static func stamp(of path: String) -> Stamp {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            return Stamp(path: "", device: 0, inode: 0, size: -1, seconds: 0, nanoseconds: 0)
        }
        return Stamp(
            path: URL(filePath: path).resolvingSymlinksInPath().path, device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }
}
