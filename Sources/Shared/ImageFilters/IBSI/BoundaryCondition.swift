/// What lies beyond the edge of an image, for a filter that reaches there (IBSI reference manual, part 2, section 3.2).
public enum BoundaryCondition: String, Codable, CaseIterable, Sendable {
  /// Nothing: intensities are 0.
  case zero
  /// The voxel of the edge, repeated.
  case nearest
  /// The image again, from its other edge on.
  case periodic
  /// The image mirrored at its edge, the voxel of the edge coming twice.
  case mirror

  /// The index, of `count`, of the voxel that stands at any index; nil where there is none.
  func index(_ index: Int, of count: Int) -> Int? {
    if (0..<count).contains(index) { return index }
    switch self {
    case .zero: return nil
    case .nearest: return index < 0 ? 0 : count - 1
    case .periodic: return modulo(index, count)
    case .mirror:
      let place = modulo(index, 2 * count)
      return place < count ? place : 2 * count - 1 - place
    }
  }

  private func modulo(_ index: Int, _ count: Int) -> Int {
    let rest = index % count
    return rest < 0 ? rest + count : rest
  }
}
