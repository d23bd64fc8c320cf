import ImageFiles
import Volumes

/// The frames of an image in the order of their positions along the normal of their planes, and the grid they make.
///
/// The order is GDCM's and ITK's: the third axis of the grid points along `row × column`.
struct SliceStack {
  var frames: [ImageFrame]
  let geometry: GridGeometry
  private(set) var warnings: [String] = []

  /// Sine of the angle between the line of the slices and their normal that is a matter of digits, not of tilt.
  private static let tilt = 1e-3
  /// Part of the spacing, and length in mm, by which a slice may lie off its place: positions are written rounded.
  private static let unevenness = (part: 0.05, millimetres: 0.06)

  /// - Parameter frames: all frames of the series, at least one.
  /// - Throws: `ambiguous` for several images at one place, `irregularGrid`, `badHeader`.
  init(_ frames: [ImageFrame]) throws(ImageFileError) {
    let (kept, warning) = try Self.ofOnePlane(frames)
    let (columns, rows) = try Self.size(of: kept)
    let plane = kept[0].plane
    let positions = kept.compactMap(\.position)
    guard let plane, positions.count == kept.count else {
      guard kept.count == 1 else { throw Self.placeless(kept) }
      (self.frames, geometry, warnings) = try Self.one(kept[0], columns, rows)
      return
    }
    let (spacing, spacingWarning) = try Self.spacing(of: kept)
    let ordered = zip(kept, positions.map { ($0 * plane.normal).sum() })
      .sorted { ($0.1, $0.0.instanceNumber, $0.0.frame) < ($1.1, $1.0.instanceNumber, $1.0.frame) }
    self.frames = ordered.map(\.0)
    let places = ordered.map(\.1)
    try Self.checkSingle(self.frames, places)
    let sweepWarning = try checkOneSweep(of: self.frames)
    try Self.checkTilt(self.frames, plane, spacing)
    let (distance, distanceWarning) = try Self.distance(of: places, self.frames)
    geometry = GridGeometry(
      size: GridSize(x: columns, y: rows, z: kept.count),
      spacingInMillimetres: SIMD3(spacing.x, spacing.y, distance),
      originInMillimetres: self.frames[0].position ?? [0, 0, 0],
      directions: [plane.row, plane.column, plane.normal])
    warnings = [warning, spacingWarning, sweepWarning, distanceWarning].compactMap(\.self)
  }

  /// A picture, with what it says of its place.
  private static func one(
    _ frame: ImageFrame, _ columns: Int, _ rows: Int
  ) throws(ImageFileError) -> ([ImageFrame], GridGeometry, [String]) {
    let spacing = frame.spacing ?? [1, 1]
    let (distance, warning) = thickness(of: frame)
    var warnings = ["the file does not say where the picture lies in the patient"]
    if frame.spacing == nil { warnings.append("the file gives no size of a pixel; 1 mm is taken") }
    if let warning { warnings.append(warning) }
    let plane = frame.plane
    let geometry = GridGeometry(
      size: GridSize(x: columns, y: rows, z: 1), spacingInMillimetres: SIMD3(spacing.x, spacing.y, distance),
      originInMillimetres: frame.position ?? [0, 0, 0],
      directions: plane.map { [$0.row, $0.column, $0.normal] } ?? GridGeometry.axisAligned)
    return ([frame], geometry, warnings)
  }

  // MARK: One plane, one spacing

  /// The frames whose planes are parallel; localisers of other planes are left out.
  private static func ofOnePlane(
    _ frames: [ImageFrame]
  ) throws(ImageFileError) -> ([ImageFrame], warning: String?) {
    var groups: [[ImageFrame]] = []
    for frame in frames {
      let group = groups.firstIndex { group in
        switch (group[0].plane, frame.plane) {
        case (let first?, let second?): first.isParallel(to: second)
        case (nil, nil): true
        default: false
        }
      }
      if let group { groups[group].append(frame) } else { groups.append([frame]) }
    }
    if groups.count == 1 { return (groups[0], nil) }
    let images = groups.filter { !$0.allSatisfy(\.isLocaliser) }
    guard images.count == 1 else {
      throw ImageFileError(
        .irregularGrid,
        "the series has slices of \(groups.count) orientations (\(groups.map { "\($0.count)" }.joined(separator: ", ")) "
          + "slices); give a folder with those of one")
    }
    return (images[0], "\(frames.count - images[0].count) localisers of other planes were left out")
  }

  private static func size(of frames: [ImageFrame]) throws(ImageFileError) -> (columns: Int, rows: Int) {
    let sizes = Set(frames.map { SIMD2($0.columns, $0.rows) })
    guard sizes.count == 1 else {
      let list = sizes.map { "\($0.x) × \($0.y)" }.sorted().prefix(5).joined(separator: ", ")
      throw ImageFileError(
        .irregularGrid, "the slices have different sizes (\(list)); give a folder with those of one size")
    }
    return (frames[0].columns, frames[0].rows)
  }

  private static func spacing(
    of frames: [ImageFrame]
  ) throws(ImageFileError) -> (SIMD2<Double>, warning: String?) {
    guard let first = frames[0].spacing else {
      guard frames.allSatisfy({ $0.spacing == nil }) else { throw differingSpacing }
      guard frames.count == 1 else {
        throw ImageFileError(
          .badHeader,
          "the slices have no Pixel Spacing (0028,0030), the size of a pixel in the patient (Imager Pixel Spacing is that at the "
            + "detector); export the series again, or correct its headers")
      }
      return ([1, 1], "the file gives no size of a pixel; 1 mm is taken")
    }
    for frame in frames {
      guard let spacing = frame.spacing, abs(spacing.x - first.x) <= 1e-4 * first.x,
        abs(spacing.y - first.y) <= 1e-4 * first.y
      else { throw differingSpacing }
    }
    return (first, nil)
  }

  private static let differingSpacing = ImageFileError(
    .irregularGrid, "the slices have pixels of different sizes; give a folder with those of one size")

  private static func placeless(_ frames: [ImageFrame]) -> ImageFileError {
    let missing = frames.filter { $0.position == nil || $0.plane == nil }.count
    return ImageFileError(
      missing == frames.count ? .ambiguous : .badHeader,
      "\(missing) of the \(frames.count) pictures do not say where they lie (Image Position and Orientation "
        + "(Patient)); give the file of one picture, or export the series again")
  }

  // MARK: One image at each place

  private static func checkSingle(_ frames: [ImageFrame], _ places: [Double]) throws(ImageFileError) {
    var groups: [Range<Int>] = []
    for index in places.indices {
      if let last = groups.last, places[index] - places[last.lowerBound] < 1e-3 {
        groups[groups.count - 1] = last.lowerBound..<index + 1
      } else {
        groups.append(index..<index + 1)
      }
    }
    guard let doubled = groups.first(where: { $0.count > 1 }) else { return }
    let many = groups[0].count
    guard groups.allSatisfy({ $0.count == many }) else {
      let place = millimetres(places[doubled.lowerBound])
      throw ImageFileError(
        .irregularGrid,
        "\(doubled.count) images lie at \(place) along the normal, where others are alone; remove the one that "
          + "does not belong, or export the series again")
    }
    throw severalImages(groups.map { Array(frames[$0]) }, many)
  }

  private static func severalImages(_ groups: [[ImageFrame]], _ many: Int) -> ImageFileError {
    let telling = FrameTrait.allCases.filter { trait in
      groups.allSatisfy { group in Set(group.map { $0.traits[trait] }).count == group.count }
    }
    let partly = FrameTrait.allCases.filter { trait in
      Set(groups[0].map { $0.traits[trait] }).count > 1
    }
    let described = (telling.isEmpty ? partly : telling).prefix(3).map { trait in
      // When someone was examined tells who it was.
      if trait == .acquisitionTime { return trait.rawValue }
      let values = Set(groups[0].map { $0.traits[trait] ?? "none" }).sorted().prefix(8)
      return "\(trait.rawValue) (\(values.map { quoted($0) }.joined(separator: ", ")))"
    }
    return ImageFileError(
      .ambiguous,
      "the series holds \(many) images at "
        + (groups.count == 1 ? "one place, " : "each of \(groups.count) places, ")
        + (described.isEmpty
          ? "which nothing in their headers tells apart"
          : "which differ by \(described.joined(separator: ", by "))")
        + remedy(telling.isEmpty ? partly : telling))
  }

  /// What to do, by what tells the images apart.
  static func remedy(_ traits: [FrameTrait]) -> String {
    let others = "give a folder with the files of one of them, or convert the one that is meant to NIfTI"
    if traits.contains(.echoNumber) || traits.contains(.echoTime) {
      return "; name one by its echo (--echo, column Echo), or " + others
    }
    if traits.contains(.temporalPosition) || traits.contains(.acquisitionNumber) {
      return "; name one by its time point (--time-point, column TimePoint), or " + others
    }
    return "; " + others
  }

  // MARK: Even, and at right angles

  private static func checkTilt(
    _ frames: [ImageFrame], _ plane: SlicePlane, _ spacing: SIMD2<Double>
  ) throws(ImageFileError) {
    guard let first = frames.first?.position, let last = frames.last?.position, frames.count > 1 else {
      return
    }
    let line = last - first
    let along = (line * plane.normal).sum()
    let slope = SIMD2((line * plane.row).sum(), (line * plane.column).sum()) / along
    let sine = (slope * slope).sum().squareRoot()
    guard sine <= tilt else {
      // Rounded by arithmetic alone: a figure for a reader, in degrees.
      let degrees = (sine * 573).rounded() / 10
      throw ImageFileError(
        .irregularGrid,
        "the slices are sheared: each lies beside the one before, by \(rounded(sine * 100)) % of their distance (a "
          + "gantry tilt of some \(degrees)°); resample the series to a rectangular grid (dcm2niix does) and "
          + "give that")
    }
    let allowed = 0.2 * min(spacing.x, spacing.y)
    for frame in frames {
      guard let position = frame.position else { continue }
      let offset = position - first
      let depth = (offset * plane.normal).sum()
      let beside = SIMD2((offset * plane.row).sum(), (offset * plane.column).sum()) - slope * depth
      guard abs(beside.x) <= allowed, abs(beside.y) <= allowed else {
        throw ImageFileError(
          .irregularGrid,
          "the slice at \(millimetres(depth)) from the first lies \(millimetres(max(abs(beside.x), abs(beside.y)))) "
            + "beside the others; resample the series to a rectangular grid")
      }
    }
  }

  /// Distance of neighbouring slices: that of the last from the first, in equal parts.
  private static func distance(
    of places: [Double], _ frames: [ImageFrame]
  ) throws(ImageFileError) -> (Double, warning: String?) {
    guard places.count > 1, let last = places.last else { return thickness(of: frames[0]) }
    let even = (last - places[0]) / Double(places.count - 1)
    let off = places.indices.map { abs(places[$0] - places[0] - even * Double($0)) }.max() ?? 0
    if off <= 1e-3 * even { return (even, nil) }
    guard off <= max(unevenness.part * even, unevenness.millimetres), off < even / 4 else {
      throw uneven(places)
    }
    return (even, "slices lie up to \(millimetres(off)) off even places; they are taken as even")
  }

  private static func uneven(_ places: [Double]) -> ImageFileError {
    let gaps = zip(places.dropFirst(), places).map { $0 - $1 }
    let usual = gaps.sorted()[gaps.count / 2]
    let wide = gaps.indices.filter { gaps[$0] > 1.5 * usual }
    let isMissing = wide.allSatisfy { abs(gaps[$0] / usual - (gaps[$0] / usual).rounded()) < 0.1 }
    let isRegularElsewhere = gaps.indices.allSatisfy {
      wide.contains($0) || abs(gaps[$0] - usual) < 0.05 * usual
    }
    guard isMissing, isRegularElsewhere, let first = wide.first else {
      return ImageFileError(
        .irregularGrid,
        "the slices are unevenly spaced, \(millimetres(gaps.min() ?? 0)) to \(millimetres(gaps.max() ?? 0)) apart; resample "
          + "the series to an even grid")
    }
    let count = wide.reduce(0.0) { $0 + (gaps[$1] / usual).rounded() - 1 }
    return ImageFileError(
      .irregularGrid,
      "\(count == 1 ? "1 slice is" : "\(rounded(count)) slices are") missing: between \(millimetres(places[first])) and "
        + "\(millimetres(places[first + 1])) along the normal lie \(millimetres(gaps[first])), elsewhere "
        + "\(millimetres(usual)); export the series again with all of them")
  }

  /// What takes the place of the distance where there is one slice.
  private static func thickness(of frame: ImageFrame) -> (Double, warning: String?) {
    if let distance = frame.distanceBetweenSlices ?? frame.thickness { return (distance, nil) }
    return (1, "the file gives no thickness of its one slice; 1 mm is taken")
  }
}

/// So many of something: "1 file", "2 files".
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// A length for a reader, to a thousandth.
func millimetres(_ length: Double) -> String { "\(rounded(length)) mm" }

/// A number for a reader, to a thousandth, without ".0".
func rounded(_ number: Double) -> String {
  let value = (number * 1000).rounded() / 1000
  if let whole = Int(exactly: value) { return "\(whole)" }
  return "\(value)"
}
