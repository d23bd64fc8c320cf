/// `m / (1 + |x|)` with the sign of `x`: an image type that this program does not know.
public struct ReciprocalFilter: PointwiseFilter {
  public static let name = "Reciprocal"
  public static let prefix = "reciprocal"

  public init() {}

  public static func map(scaledBy largest: Double) -> (Double) -> Double {
    { $0 < 0 ? largest / ($0 - 1) : largest / ($0 + 1) }
  }
}
