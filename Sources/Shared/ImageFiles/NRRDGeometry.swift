import Volumes

extension NRRDHeader {
  /// Where the grid lies, in LPS, as ITK reads it.
  ///
  /// With a space, an axis direction's length is the spacing and `space origin` the centre of the first
  /// voxel; RAS and LAS coordinates are turned into LPS, other spaces are taken as they are. Without a space,
  /// spacing is `spacings` and the origin follows from `axis mins` (the border of the first voxel unless
  /// `centers` says node). What is missing is 1 mm, 0 mm and the axes of LPS.
  /// - Throws: `unsupported` when not two or three axes have a place in space; `badHeader`.
  func geometry(limits: ImageReadLimits) throws(ImageFileError) -> GridGeometry {
    let count = sizes.count
    let spaceDimension = try spaceDimension()
    let directions = try fields.vectors("space directions", count: count, dimension: spaceDimension ?? 0)
    let axes = try axes(directions).spatial
    guard spaceDimension == nil || spaceDimension == axes.count else {
      throw ImageFileError(
        .unsupported,
        "the NRRD image has \(axes.count) axes in a space of \(spaceDimension ?? 0) dimensions; save it "
          + "as a volume"
      )
    }
    _ = try limits.voxelCount(of: axes.map { sizes[$0] })
    let size = GridSize(x: sizes[axes[0]], y: sizes[axes[1]], z: axes.count > 2 ? sizes[axes[2]] : 1)
    var geometry = GridGeometry(size: size, dimension: axes.count)
    if let spaceDimension {
      try place(&geometry, axes: axes, directions: directions, spaceDimension: spaceDimension)
    } else {
      try placeWithoutSpace(&geometry, axes: axes)
    }
    return try geometry.checked()
  }

  /// Which axis counts the components of a voxel (layers, colours); `nil` where a voxel is one number.
  func componentAxis() throws(ImageFileError) -> Int? {
    let dimension = try spaceDimension() ?? 0
    return try axes(fields.vectors("space directions", count: sizes.count, dimension: dimension)).components
  }

  /// The two or three axes in space, of which those with one entry may be left out, and the one that counts components.
  private func axes(
    _ directions: [[Double]?]?
  ) throws(ImageFileError) -> (spatial: [Int], components: Int?) {
    let kinds = try fields.words("kinds", count: sizes.count)
    let inSpace: Set<String> = ["domain", "space", "time", "???", "none", "unknown"]
    var axes: [Int] = []
    var components: Int?
    for axis in sizes.indices {
      let hasPlace = directions.map { $0[axis] != nil } ?? true
      if hasPlace && kinds.map({ inSpace.contains($0[axis]) }) ?? true {
        axes.append(axis)
      } else if sizes[axis] != 1 {
        guard components == nil else {
          throw ImageFileError(
            .unsupported, "two axes of the NRRD image count components of a voxel; save one component alone")
        }
        components = axis
      }
    }
    while axes.count > 3, let last = axes.last, sizes[last] == 1 { axes.removeLast() }
    guard axes.count == 2 || axes.count == 3 else {
      throw ImageFileError(
        .unsupported, "the NRRD image has \(axes.count) axes; a picture (2) or one volume (3) is needed")
    }
    return (axes, components)
  }

  private func spaceDimension() throws(ImageFileError) -> Int? {
    if let dimension = try fields.wholeNumber("space dimension") { return dimension }
    guard let space = fields["space"] else { return nil }
    guard Self.flips(of: space) != nil else {
      throw ImageFileError(
        .unsupported,
        "NRRD space \(quoted(space)) is not read; use left-posterior-superior or right-anterior-superior")
    }
    return 3
  }

  /// Signs that turn a space's coordinates into LPS; `nil` for a space that is not known or has a time axis.
  private static func flips(of space: String) -> SIMD3<Double>? {
    switch space.lowercased() {
    case "left-posterior-superior", "lps", "scanner-xyz", "3d-right-handed", "3d-left-handed": [1, 1, 1]
    case "right-anterior-superior", "ras": [-1, -1, 1]
    case "left-anterior-superior", "las": [1, -1, 1]
    default: nil
    }
  }

  private func place(
    _ geometry: inout GridGeometry, axes: [Int], directions: [[Double]?]?, spaceDimension: Int
  ) throws(ImageFileError) {
    guard try fields.numbers("spacings", count: sizes.count) == nil else {
      throw ImageFileError(
        .badHeader, "the NRRD header gives both spacings and a space; keep \"space directions\" alone")
    }
    try checkUnits()
    let flips = fields["space"].flatMap(Self.flips) ?? [1, 1, 1]
    if let directions {
      for (index, axis) in axes.enumerated() {
        let vector = inSpace(directions[axis] ?? [], flips)
        let length = (vector.x * vector.x + vector.y * vector.y + vector.z * vector.z).squareRoot()
        geometry.spacingInMillimetres[index] = length
        geometry.directions[index] = vector * (1 / length)
      }
    }
    if let origin = try fields.vectors("space origin", count: 1, dimension: spaceDimension)?[0] {
      geometry.originInMillimetres = inSpace(origin, flips)
    }
  }

  /// ITK takes every space to be in millimetres; a header that says otherwise is refused.
  private func checkUnits() throws(ImageFileError) {
    let others: Set<String> = ["m", "cm", "dm", "um", "µm", "nm", "in", "inch", "metre", "meter", "micron"]
    let units = (fields["space units"] ?? "").split(whereSeparator: { $0 == "\"" || $0 == " " }).map(
      String.init)
    guard let unit = units.first(where: others.contains) else { return }
    throw ImageFileError(
      .unsupported, "the NRRD header gives its space in \(quoted(unit)); save the image with millimetres")
  }

  private func inSpace(_ vector: [Double], _ flips: SIMD3<Double>) -> SIMD3<Double> {
    var result = SIMD3<Double>.zero
    for index in vector.indices { result[index] = vector[index] * flips[index] }
    return result
  }

  private func placeWithoutSpace(_ geometry: inout GridGeometry, axes: [Int]) throws(ImageFileError) {
    let spacings = try fields.numbers("spacings", count: sizes.count)
    let minima = try fields.numbers("axis mins", count: sizes.count)
    let centers = try fields.words("centers", count: sizes.count)
    guard spacings != nil || (minima == nil && fields["axis maxs"] == nil) else {
      throw ImageFileError(
        .unsupported,
        "the NRRD header gives axis mins or maxs without spacings; give \"space directions\" instead")
    }
    for (index, axis) in axes.enumerated() {
      geometry.spacingInMillimetres[index] = spacings?[axis] ?? 1
      guard let minimum = minima?[axis] else { continue }
      let toCentre = centers?[axis] == "node" ? 0 : geometry.spacingInMillimetres[index] / 2
      geometry.originInMillimetres[index] = minimum + toCentre
    }
  }
}
