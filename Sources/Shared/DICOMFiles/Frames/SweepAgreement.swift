import ImageFiles

/// What all slices of one image were taken with: two echoes, two time points or two weightings are two images, also where neither has a
/// slice at a place of the other.
private let ofOneImage: [FrameTrait] = [.temporalPosition, .echoNumber, .echoTime, .diffusionBValue]

/// Looks for two images whose slices lie between each other, as a scan in two sweeps has them, and which would make one even stack.
///
/// A number that each slice has of its own, and one that changes once along the stack, tells no sweep: scanners count slices so, and
/// stations of a table.
/// - Parameter frames: one at each place, in the order of their places.
/// - Returns: what to say of a stack whose acquisitions take turns: odd and even slices of one image may be two.
/// - Throws: `ambiguous` for echoes, time points or b-values that take turns.
func checkOneSweep(of frames: [ImageFrame]) throws(ImageFileError) -> String? {
  let mixed = ofOneImage.filter { takesTurns($0, frames) }
  guard mixed.isEmpty else {
    let described = mixed.map { trait in
      let values = Set(frames.map { $0.traits[trait] ?? "none" }).sorted()
      let shown =
        values.prefix(8).map { quoted($0) }.joined(separator: ", ") + (values.count > 8 ? ", …" : "")
      return "\(trait.rawValue) (\(shown))"
    }
    throw ImageFileError(
      .ambiguous,
      "the slices of the series differ by turns in \(described.joined(separator: ", in ")), so that they are several images whose slices "
        + "lie between each other" + SliceStack.remedy(mixed))
  }
  return takesTurns(.acquisitionNumber, frames)
    ? "slices of several acquisitions (Acquisition Number) take turns along the stack; they are taken as one image"
    : nil
}

/// Whether a value comes again after another; 4.60 and 4.6 are one value.
private func takesTurns(_ trait: FrameTrait, _ frames: [ImageFrame]) -> Bool {
  let values = frames.map { frame in frame.traits[trait].map { Double($0).map { "\($0)" } ?? $0 } }
  var ended: Set<String?> = []
  for (value, next) in zip(values, values.dropFirst()) where next != value {
    ended.insert(value)
    if ended.contains(next) { return true }
  }
  return false
}
