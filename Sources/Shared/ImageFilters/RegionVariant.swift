/// A region that stands in the place of a drawn one: what a model must beat, or the region as it might have been imaged or drawn.
public enum RegionVariant: Hashable, Sendable {
  /// The drawn region, its intensities in random order: shape and histogram without texture.
  case shuffled
  /// The drawn region's shape at the nearest place beside it: the same shape, another tissue.
  case beside
  /// Image and region as another position of the patient, or another reader, might have given them.
  case perturbed(RegionPerturbation)
}

extension RegionVariant: LosslessStringConvertible, Codable {
  /// What models are held against.
  public static let controls: [RegionVariant] = [.shuffled, .beside]

  /// The one way in which it is written, as in rows and keys.
  public var description: String {
    switch self {
    case .shuffled: "shuffled"
    case .beside: "beside"
    case .perturbed(let perturbation): perturbation.description
    }
  }

  /// - Returns: `nil` for what is no variant.
  public init?(_ text: String) {
    if let control = Self.controls.first(where: { $0.description == text }) {
      self = control
    } else if let perturbation = RegionPerturbation(text) {
      self = .perturbed(perturbation)
    } else {
      return nil
    }
  }

  /// Reads the text of `description`.
  /// - Throws: `DecodingError` for what is no variant.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    guard let variant = RegionVariant(try value.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: value,
        debugDescription: "a variant of a region is shuffled, beside or a perturbation as T0.25,V-0.1,S7")
    }
    self = variant
  }

  /// Writes the text of `description`.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    try value.encode(description)
  }
}
