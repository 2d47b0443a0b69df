/// How pixels between pixels are computed.
public enum Interpolation: String, Sendable, Hashable, Codable, CaseIterable {
    case nearest, bilinear, bicubic
}
