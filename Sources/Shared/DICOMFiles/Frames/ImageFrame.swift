import ImageFiles
import Volumes

/// One slice of an image as its header describes it: a classic file has one, a multi-frame file one a frame.
struct ImageFrame: Sendable {
  /// Index of its file in the series.
  var file: Int
  /// Index among the frames of its file.
  var frame: Int
  var sopInstanceUID: String
  var instanceNumber: Int
  /// Voxels along x and along y.
  var columns = 0
  var rows = 0
  /// Centre of the first voxel, in millimetres.
  var position: SIMD3<Double>?
  var plane: SlicePlane?
  /// Distance of voxel centres along a row (x) and along a column (y), in millimetres.
  var spacing: SIMD2<Double>?
  var thickness: Double?
  var distanceBetweenSlices: Double?
  var rescale: Rescale
  /// The slope as the header has it, 0 too; `nil` where it has none.
  var statedSlope: Double?
  /// What tells images at one place apart, by name.
  var traits: [FrameTrait: String] = [:]
  var isLocaliser: Bool
}

/// Directions of a slice's axes.
struct SlicePlane: Sendable, Equatable {
  /// Along a row: from column to column.
  var row: SIMD3<Double>
  /// Along a column: from row to row.
  var column: SIMD3<Double>

  /// At right angles to both.
  var normal: SIMD3<Double> {
    SIMD3(
      row.y * column.z - row.z * column.y, row.z * column.x - row.x * column.z,
      row.x * column.y - row.y * column.x)
  }

  /// Both as unit vectors.
  /// - Throws: `badHeader` where they are no directions at right angles.
  init(_ cosines: [Double]) throws(ImageFileError) {
    let row = SIMD3(cosines[0], cosines[1], cosines[2])
    let column = SIMD3(cosines[3], cosines[4], cosines[5])
    let (rowLength, columnLength) = ((row * row).sum().squareRoot(), (column * column).sum().squareRoot())
    guard abs(rowLength - 1) < 0.01, abs(columnLength - 1) < 0.01, abs((row * column).sum()) < 1e-3 else {
      throw ImageFileError(
        .badHeader,
        "Image Orientation (Patient) \(cosines) gives no unit vectors at right angles; correct the header")
    }
    self.row = row / rowLength
    self.column = column / columnLength
  }

  /// Whether the axes point the same way, to a thousandth of a radian: headers have some six digits.
  func isParallel(to other: SlicePlane) -> Bool {
    (row * other.row).sum() > 1 - 5e-7 && (column * other.column).sum() > 1 - 5e-7
  }
}

/// What may differ between images at one place.
enum FrameTrait: String, Sendable, CaseIterable {
  case temporalPosition = "temporal position"
  case echoTime = "echo time"
  case echoNumber = "echo number"
  case diffusionBValue = "b-value"
  case triggerTime = "trigger time"
  case stack = "stack"
  case imageType = "image type"
  case acquisitionNumber = "acquisition number"
  case frameReferenceTime = "frame reference time"
  case acquisitionTime = "acquisition time"
  case dimensions = "dimension index"
}

/// Values of stored numbers: `slope · stored + intercept`.
struct Rescale: Sendable, Equatable {
  var slope = 1.0
  var intercept = 0.0

  static let identity = Rescale()

  init() {}

  /// - Parameter header: the file, or the functional group that holds the transformation.
  /// - Throws: `badHeader` where slope or intercept is there and is no number.
  init(_ header: DICOMDataSet) throws(ImageFileError) {
    slope = try Self.number(.rescaleSlope, of: header) ?? 1
    intercept = try Self.number(.rescaleIntercept, of: header) ?? 0
    // A slope of 0 would leave nothing; programs write it for "none".
    if slope == 0 { slope = 1 }
  }

  private static func number(_ tag: DICOMTag, of header: DICOMDataSet) throws(ImageFileError) -> Double? {
    guard header.string(tag) != nil else { return nil }
    let numbers = header.numbers(tag)
    guard numbers.count == 1, let number = numbers.first, abs(number) < 1e30 else {
      throw ImageFileError(
        .badHeader,
        "the rescaling \(tag) is \(quoted(header.strings(tag).joined(separator: "\\"))), which is no number that can be"
      )
    }
    return number
  }
}
