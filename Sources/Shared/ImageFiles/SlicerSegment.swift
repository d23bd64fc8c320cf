/// A segment of 3D Slicer's segmentations (`.seg.nrrd`), as the header describes it in `SegmentN_…:=` pairs.
///
/// Source: <https://github.com/Slicer/Slicer/blob/main/Libs/MRML/Core/vtkMRMLSegmentationStorageNode.cxx>.
struct SlicerSegment {
  /// The N of its keys.
  let number: Int
  let identifier: String
  let name: String
  /// The component of a voxel that holds it.
  let layer: Int
  /// Its value in that layer.
  let label: UInt32

  /// Highest number of a segment that is looked for.
  private static let highestNumber = 65_535

  /// All segments that a header describes, by number.
  /// - Throws: `badHeader` for a layer or value that is no whole number, or is out of range.
  static func all(in header: NRRDHeader) throws(ImageFileError) -> [SlicerSegment] {
    let pairs = header.fields.segmentPairs
    // Before Slicer 4.11 each segment was a layer by itself, with the value 1.
    let isLayered = try header.componentAxis() != nil
    var segments: [SlicerSegment] = []
    for number in pairs.keys.compactMap(number).sorted() {
      func text(_ part: String) -> String? {
        pairs["Segment\(number)_\(part)"].map { trimmed($0[...]) }.flatMap { $0.isEmpty ? nil : $0 }
      }
      guard let layer = Int(text("Layer") ?? (isLayered ? "\(number)" : "0")), layer >= 0,
        let label = UInt32(text("LabelValue") ?? "1")
      else {
        throw ImageFileError(
          .badHeader, "Segment\(number)_Layer or Segment\(number)_LabelValue of the mask is no whole number")
      }
      segments.append(
        SlicerSegment(
          number: number, identifier: text("ID") ?? "", name: text("Name") ?? "", layer: layer, label: label))
    }
    return segments
  }

  /// The N of `SegmentN_ID`, by which a segment is known.
  private static func number(of key: String) -> Int? {
    guard key.hasPrefix("Segment"), key.hasSuffix("_ID") else { return nil }
    let digits = key.dropFirst(7).dropLast(3)
    guard let number = Int(digits), (0...highestNumber).contains(number), "\(number)" == digits else {
      return nil
    }
    return number
  }
}
