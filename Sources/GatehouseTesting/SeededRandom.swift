import Identity
import LayerTesting
import Synchronization

/// Bytes that look random and are the same in every run. For tests only: anybody can predict them.
package final class SeededRandom: RandomSource {
    private let generator: Mutex<SeededGenerator>

    package init(seed: UInt64 = 1) { generator = Mutex(SeededGenerator(seed: seed)) }

    package func bytes(_ count: Int) -> [UInt8] {
        generator.withLock { generator in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count)
            while bytes.count < count {
                let word = generator.next()
                for shift in stride(from: UInt64(0), to: 64, by: 8) where bytes.count < count {
                    bytes.append(UInt8(truncatingIfNeeded: word >> shift))
                }
            }
            return bytes
        }
    }
}
