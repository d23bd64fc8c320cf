import Volumes

extension MapFolder {
  /// Refuses a number outside of the region that cannot be the maps' own.
  ///
  /// Maps reach beyond their region, except where the image ends there. If no voxel holds the number that was given, every voxel
  /// would belong to the region. If a corner then holds one number in all maps, that number is what lies outside.
  /// - Parameter outside: `initValue` of the maps, as it was given; may be NaN.
  /// - Throws: `wrongOutside`.
  func checkOutside(_ outside: Double) throws(HabitatError) {
    guard region(outside: outside).count == geometry.size.voxelCount, let found = corner else { return }
    throw HabitatError(
      .wrongOutside,
      "\(name): no voxel of its maps holds \(Self.text(outside)), which --outside says lies outside of the region; their corners hold "
        + "\(Self.text(found)). Give the initValue that the maps were made with: --outside \(Self.text(found))."
    )
  }

  /// The number that all maps hold in a corner, of one map in four corners at least.
  private var corner: Double? {
    let size = geometry.size
    let corners = (0..<8).map { place in
      size.offset(
        x: place & 1 == 0 ? 0 : size.x - 1, y: place & 2 == 0 ? 0 : size.y - 1,
        z: place & 4 == 0 ? 0 : size.z - 1)
    }
    let places = Set(corners).sorted()
    for place in places {
      let value = maps[0][place]
      let agreeing = places.filter { corner in maps.allSatisfy { Self.isSame($0[corner], value) } }
      if agreeing.count >= (maps.count > 1 ? 1 : 4) { return value }
    }
    return nil
  }

  private static func isSame(_ first: Double, _ second: Double) -> Bool {
    first == second || first.isNaN && second.isNaN
  }

  private static func text(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    return Int(exactly: value).map(String.init) ?? "\(value)"
  }
}
