import Volumes

extension MaskReading {
  /// The whole-number labels of a mask that was read as an image: each value cut toward zero, and 0 for what is below 0.
  ///
  /// PyRadiomics casts the mask to 32 bits without sign, which does the same: a label below 0 wraps to one above two thousand
  /// million, which nobody asks for.
  /// - Throws: `badLabel`, naming the first value that is no label.
  init(_ volume: Volume) throws(ImageFileError) {
    if let bad = volume.voxels.firstIndex(where: { !($0 > -.infinity && $0 < 4_294_967_296) }) {
      let size = volume.geometry.size
      let place = "(\(bad % size.x), \(bad / size.x % size.y), \(bad / size.x / size.y))"
      throw ImageFileError(
        .badLabel,
        "voxel \(place) of the mask holds \(volume.voxels[bad]); labels are whole numbers from 0 to "
          + "4294967295: check that this file is the mask and not the image")
    }
    let labels = volume.voxels.map { UInt32(max(0, $0.rounded(.towardZero))) }
    self.init(
      labels: LabelMap(geometry: volume.geometry, labels: labels),
      warnings: oddities(of: volume.voxels, readAs: labels, isSingle: volume.sampleType == .float32))
  }
}

/// How many voxels hold values that are no labels, and what became of them.
private func oddities(of values: [Double], readAs labels: [UInt32], isSingle: Bool) -> [String] {
  var negative = ValueTally()
  var cut: [UInt32: ValueTally] = [:]
  for (value, label) in zip(values, labels) {
    if value <= -1 {
      negative.add(value)
    } else if value != Double(label) {
      cut[label, default: ValueTally()].add(value)
    }
  }
  var warnings: [String] = []
  if negative.count > 0 {
    warnings.append(
      "\(negative.count) voxels of the mask are below 0 and count as background: \(negative.text(isSingle))")
  }
  if !cut.isEmpty {
    let shown = cut.sorted { $0.key < $1.key }.prefix(5).map { label, tally in
      "\(tally.text(isSingle)) became \(label)"
    }
    warnings.append(
      "\(cut.values.reduce(0) { $0 + $1.count }) voxels of the mask are no whole numbers and are cut toward zero, as "
        + "in PyRadiomics: " + shown.joined(separator: ", ") + (cut.count > 5 ? ", …" : ""))
  }
  return warnings
}

/// How many voxels hold values of a kind, and between which bounds.
private struct ValueTally {
  private(set) var count = 0
  private var least = Double.infinity
  private var greatest = -Double.infinity

  mutating func add(_ value: Double) {
    count += 1
    least = min(least, value)
    greatest = max(greatest, value)
  }

  /// - Parameter isSingle: whether the values were stored in single precision, whose digits then are enough.
  func text(_ isSingle: Bool) -> String {
    func digits(_ value: Double) -> String {
      if value == value.rounded(), abs(value) < 1e15 { return "\(Int(value))" }
      return isSingle ? "\(Float(value))" : "\(value)"
    }
    return least == greatest
      ? "\(count) of \(digits(least))" : "\(count) from \(digits(least)) to \(digits(greatest))"
  }
}
