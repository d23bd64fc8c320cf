import ImageFiles
import Volumes

/// The contours of a region on the slices of an image.
struct ContourStack {
  /// Contours that lie in one plane.
  private struct Plane {
    /// Index of the slice that it lies in, in 4096ths.
    var place: Int
    var contours: [[ContourPlane.Point]]
  }

  /// Part of the slices' distance by which two contours of one plane may differ, in 4096ths: a 64th.
  private static let samePlane = VoxelLattice.parts / 64
  /// Part of the slices' distance by which a contour may lie off a slice without being told: a 20th.
  private static let offSlice = VoxelLattice.parts / 20
  /// Slices that a flat contour may reach through, for rounded coordinates and tilted headers: a quarter, in 4096ths.
  private static let flatness = VoxelLattice.parts / 4

  private let geometry: GridGeometry
  private let lattice: VoxelLattice
  private(set) var warnings: [String] = []
  private var slices: [Int: Plane] = [:]

  /// - Throws: `segmentEmpty` where no contour lies in the image; `badHeader` for contours in other planes than those of the
  ///   slices, or beyond all measure.
  init(_ drawing: StructureSet.Drawing, on geometry: GridGeometry) throws(ImageFileError) {
    self.geometry = geometry
    lattice = VoxelLattice(geometry)
    if drawing.degenerate > 0 {
      warnings.append("\(drawing.degenerate) contours have fewer than three points and are left out")
    }
    if drawing.open > 0 {
      warnings.append("\(drawing.open) contours are points or open lines, enclose nothing and are left out")
    }
    var planes: [(place: Int, contour: [ContourPlane.Point])] = []
    for contour in drawing.contours { planes.append(try placed(contour)) }
    assign(Self.grouped(planes.sorted { $0.place < $1.place }), contours: planes.count)
    guard !slices.isEmpty else {
      throw ImageFileError(
        .segmentEmpty,
        "all \(planes.count) contours of the region lie outside the image; check that image and structure set "
          + "belong together")
    }
    noteClipping()
  }

  /// A contour in 4096ths of a voxel, and the slice that it lies in.
  private func placed(
    _ contour: [SIMD3<Double>]
  ) throws(ImageFileError) -> (place: Int, contour: [ContourPlane.Point]) {
    var points: [ContourPlane.Point] = []
    points.reserveCapacity(contour.count)
    var (least, greatest, sum) = (Int.max, Int.min, 0)
    for point in contour {
      let index = lattice.index(of: point)
      guard let x = VoxelLattice.snapped(index.x), let y = VoxelLattice.snapped(index.y),
        let z = VoxelLattice.snapped(index.z)
      else {
        throw ImageFileError(
          .badHeader,
          "a contour lies more than \(Int(VoxelLattice.farthest)) voxels from the image; check that image and "
            + "structure set belong together")
      }
      points.append([x, y])
      (least, greatest, sum) = (min(least, z), max(greatest, z), sum + z)
    }
    guard greatest - least <= Self.flatness else {
      let slices = Double(greatest - least) / Double(VoxelLattice.parts)
      throw ImageFileError(
        .badHeader,
        "a contour runs through \((slices * 100).rounded() / 100) slices of the image: it was drawn in other planes; "
          + "give the image that it was drawn on")
    }
    return (sum / contour.count, points)
  }

  /// Contours of equal places together.
  private static func grouped(_ sorted: [(place: Int, contour: [ContourPlane.Point])]) -> [Plane] {
    var planes: [Plane] = []
    for (place, contour) in sorted {
      if let last = planes.last, place - last.place <= samePlane {
        planes[planes.count - 1].contours.append(contour)
      } else {
        planes.append(Plane(place: place, contours: [contour]))
      }
    }
    return planes
  }

  /// Gives each slice the nearest of the planes within half a slice of it.
  private mutating func assign(_ planes: [Plane], contours: Int) {
    var (outside, displaced, farthest) = (0, 0, 0)
    var distances: [Int] = []
    for plane in planes {
      let slice = lattice.nearest(plane.place, axis: 2)
      guard (0..<geometry.size.z).contains(slice) else {
        outside += plane.contours.count
        continue
      }
      let distance = abs(plane.place - slice * VoxelLattice.parts)
      if distance > Self.offSlice { distances.append(distance) }
      guard let other = slices[slice] else {
        slices[slice] = plane
        continue
      }
      displaced += 1
      if distance < abs(other.place - slice * VoxelLattice.parts) { slices[slice] = plane }
    }
    farthest = distances.max() ?? 0
    if outside > 0 {
      warnings.append("\(outside) of \(contours) contours lie outside the image and are left out")
    }
    if farthest > 0 {
      let part = (Double(farthest) / Double(VoxelLattice.parts) * 100).rounded() / 100
      warnings.append(
        "\(distances.count) of \(planes.count) planes of contours lie between slices, by up to \(part) of their distance, "
          + "and go to the nearest")
    }
    if displaced > 0 {
      warnings.append(
        "\(displaced) of \(planes.count) planes of contours have another nearer to their slice and are left out"
      )
    }
    noteGaps()
  }

  private mutating func noteGaps() {
    guard let first = slices.keys.min(), let last = slices.keys.max() else { return }
    let gaps = last - first + 1 - slices.count
    if gaps > 0 {
      warnings.append(
        "\(gaps) slices between the first and the last contour have none and stay empty; if the region was drawn on "
          + "every other slice, fill it where it was drawn")
    }
  }

  private mutating func noteClipping() {
    let (right, bottom) = (geometry.size.x - 1, geometry.size.y - 1)
    let half = VoxelLattice.parts / 2
    let points = slices.values.lazy.flatMap(\.contours).joined()
    let beyond = points.count { point in
      point.x < -half || point.y < -half || point.x > right * VoxelLattice.parts + half
        || point.y > bottom * VoxelLattice.parts + half
    }
    if beyond > 0 {
      warnings.append(
        "\(beyond) points of contours lie beside the image; what they enclose there is left out")
    }
  }

  /// The voxels inside, under a label.
  /// - Throws: `segmentEmpty` where there is none; `tooLarge`.
  mutating func labelMap(_ label: UInt32) throws(ImageFileError) -> LabelMap {
    let size = geometry.size
    var labels = [UInt32](repeating: 0, count: size.voxelCount)
    var (copies, isEmpty) = (0, true)
    for (slice, plane) in slices.sorted(by: { $0.key < $1.key }) {
      var seen: Set<[ContourPlane.Point]> = []
      let single = plane.contours.filter { seen.insert(Self.canonical($0)).inserted }
      copies += plane.contours.count - single.count
      try ContourPlane(single).forEachRun(columns: size.x, rows: size.y) { row, columns in
        let start = size.offset(x: 0, y: row, z: slice)
        for column in columns { labels[start + column] = label }
        isEmpty = false
      }
    }
    if copies > 0 { warnings.append("\(copies) contours are there twice and count once") }
    guard !isEmpty else {
      throw ImageFileError(
        .segmentEmpty,
        "the contours of the region enclose the centre of no voxel; check that it was drawn on this image")
    }
    return LabelMap(geometry: geometry, labels: labels)
  }

  /// The same list for lines that differ in their first corner, their direction or a corner that is repeated.
  private static func canonical(_ contour: [ContourPlane.Point]) -> [ContourPlane.Point] {
    var corners: [ContourPlane.Point] = []
    for corner in contour where corner != corners.last { corners.append(corner) }
    while corners.count > 1, corners.first == corners.last { corners.removeLast() }
    let isBefore = { (a: ContourPlane.Point, b: ContourPlane.Point) in (a.y, a.x) < (b.y, b.x) }
    guard let start = corners.indices.min(by: { isBefore(corners[$0], corners[$1]) }) else { return [] }
    let forward = Array(corners[start...] + corners[..<start])
    let backward = forward.prefix(1) + forward.dropFirst().reversed()
    return forward.lexicographicallyPrecedes(backward, by: isBefore) ? forward : Array(backward)
  }
}

extension StructureSet {
  /// The voxels inside a region's contours.
  /// - Throws: `segmentEmpty` for a region without a closed contour, or without a voxel; what `ContourStack` throws.
  func reading(
    of region: Region, label: UInt32, on geometry: GridGeometry
  ) throws(ImageFileError) -> MaskReading {
    let drawing = try drawing(of: region)
    guard !drawing.contours.isEmpty else {
      let found =
        drawing.degenerate > 0
        ? "its \(drawing.degenerate) contours have fewer than three points"
        : drawing.open > 0 ? "it has points or open lines alone" : "it has no contour"
      throw ImageFileError(
        .segmentEmpty, "the region \(quoted(region.name)) encloses nothing: \(found); name another region")
    }
    var stack = try ContourStack(drawing, on: geometry)
    let labels = try stack.labelMap(label)
    return MaskReading(labels: labels, warnings: stack.warnings)
  }
}
