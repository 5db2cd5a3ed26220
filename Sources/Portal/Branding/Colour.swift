import Glibc

/// A colour of sRGB, as style sheets write it: `#1f5f5b`.
struct Colour: Sendable, Hashable {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    static let white = Colour(red: 255, green: 255, blue: 255)
    static let black = Colour(red: 0, green: 0, blue: 0)

    init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Reads `#` and six hexadecimal digits; nil for anything else.
    init?(_ text: String) {
        let digits = text.utf8.dropFirst()
        guard text.utf8.first == UInt8(ascii: "#"), digits.count == 6,
            digits.allSatisfy({
                ("0"..."9").contains(Unicode.Scalar($0)) || ("a"..."f").contains(Unicode.Scalar($0 | 0x20))
            }),
            let number = UInt32(text.dropFirst(), radix: 16)
        else { return nil }
        self.init(
            red: UInt8(truncatingIfNeeded: number >> 16), green: UInt8(truncatingIfNeeded: number >> 8),
            blue: UInt8(truncatingIfNeeded: number))
    }

    var text: String {
        "#"
            + [red, green, blue].map { channel in
                let digits = String(channel, radix: 16)
                return digits.utf8.count == 1 ? "0" + digits : digits
            }.joined()
    }

    /// How bright it looks, from 0 to 1 (WCAG 2.2, relative luminance).
    var luminance: Double {
        func linear(_ channel: UInt8) -> Double {
            let value = Double(channel) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// The contrast ratio of two colours, from 1 to 21 (WCAG 2.2). Text needs 4.5.
    func contrast(to other: Colour) -> Double {
        let (light, dark) = (max(luminance, other.luminance), min(luminance, other.luminance))
        return (light + 0.05) / (dark + 0.05)
    }

    /// This colour with a part of another, from 0 to 1, in it.
    func mixed(with other: Colour, _ part: Double) -> Colour {
        func channel(_ own: UInt8, _ other: UInt8) -> UInt8 {
            UInt8(max(0, min(255, (Double(own) * (1 - part) + Double(other) * part).rounded())))
        }
        return Colour(
            red: channel(red, other.red), green: channel(green, other.green), blue: channel(blue, other.blue))
    }

    /// This colour, with as much of `other` mixed in as it takes to be read on `ground`.
    func readable(on ground: Colour, towards other: Colour, contrast wanted: Double) -> Colour {
        for step in 0...20 {
            let candidate = mixed(with: other, Double(step) / 20)
            if candidate.contrast(to: ground) >= wanted { return candidate }
        }
        return other
    }
}
