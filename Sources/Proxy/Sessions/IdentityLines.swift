import HTTPMessage
import Identity
import Policy

/// The identity header lines of one session, rendered for the places where it was used.
///
/// The last rendering lies in place, so that the entry which it is a part of is one piece of memory; those before it
/// lie on the heap, and so does one that is too long. People work in one plant and a few routes at a time.
struct IdentityLines: ~Copyable {
    /// What a rendering depends on, besides the session and the principal.
    struct Place: Equatable {
        let deployment: Int
        let route: Int
        let plant: PlantID?
        let role: Role?

        init(_ permit: Permit, deployment: Int) {
            self.deployment = deployment
            route = permit.route.index
            plant = permit.plantID
            role = permit.role
        }
    }

    private struct Rendering {
        let place: Place
        let bytes: [UInt8]
    }

    /// Room for the preset `gatehouse` with names of usual length.
    static let bytesInPlaceMax = 480
    /// How many renderings are kept besides the one in place.
    private static let othersMax = 3

    private var place: Place?
    private var count = 0
    private var others: [Rendering] = []
    private var bytes = InlineArray<480, UInt8>(repeating: 0)

    init() {}

    /// Appends what was kept for `place`; false when there is nothing.
    borrowing func append(for place: Place, to output: inout ByteBuffer) -> Bool {
        if self.place == place {
            output.append(bytes.span.extracting(..<count))
            return true
        }
        for other in others where other.place == place {
            output.append(other.bytes.span)
            return true
        }
        return false
    }

    /// Keeps a rendering, in place if it fits.
    mutating func keep(_ rendered: [UInt8], for place: Place) {
        guard rendered.count <= Self.bytesInPlaceMax else { return keepApart(Rendering(place: place, bytes: rendered)) }
        if let former = self.place {
            var copy: [UInt8] = []
            copy.reserveCapacity(count)
            for index in 0..<count { copy.append(bytes[index]) }
            keepApart(Rendering(place: former, bytes: copy))
        }
        self.place = place
        count = rendered.count
        for index in rendered.indices { bytes[index] = rendered[index] }
    }

    private mutating func keepApart(_ rendering: Rendering) {
        if others.count == Self.othersMax { others.removeFirst() }
        others.append(rendering)
    }
}
