import Identity
import Testing

@Suite struct TimestampTests {
    @Test func `moments and lengths add up`() {
        let start = Timestamp(seconds: 1_000)
        #expect(start + .milliseconds(1_500) == Timestamp(microseconds: 1_001_500_000))
        #expect(start - .seconds(1) == Timestamp(seconds: 999))
        #expect(start + .seconds(5) - start == .seconds(5))
        #expect(start < start + .microseconds(1))
        #expect(start - .seconds(2_000) == Timestamp(seconds: -1_000))
    }

    @Test func `the ends of time do not trap`() {
        let (first, last) = (Timestamp(microseconds: .min), Timestamp(microseconds: .max))
        #expect(last + .seconds(1) == last)
        #expect(last - .seconds(-1) == last)
        #expect(first - .seconds(1) == first)
        #expect(first + .seconds(-1) == first)
        #expect(last - first == .microseconds(Int64.max))
        #expect(first - last == .microseconds(Int64.min))
        #expect(Timestamp(seconds: .max) == last)
        #expect(Timestamp(seconds: .min) == first)
        #expect(Timestamp(seconds: 0) + .seconds(Int64.max) == last)
        #expect(Timestamp(seconds: 0) - .seconds(Int64.max) < Timestamp(seconds: 0))
        #expect(last - .seconds(1) < last)
    }

    @Test(
        arguments: [
            (Duration.zero, 0), (.microseconds(1), 1), (.nanoseconds(1_999), 1), (.nanoseconds(-1_999), -1),
            (.seconds(Int64.max), Int64.max), (.seconds(Int64.min), Int64.min),
        ] as [(Duration, Int64)])
    func `a duration has so many whole microseconds`(duration: Duration, microseconds: Int64) {
        #expect(duration.microseconds == microseconds)
    }

    @Test func `the system's clock goes forward`() {
        let first = SystemClock().now()
        #expect(first > Timestamp(seconds: 1_700_000_000))
        #expect(SystemClock().now() >= first)
    }
}
