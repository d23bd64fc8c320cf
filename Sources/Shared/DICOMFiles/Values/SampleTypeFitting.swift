import Volumes

/// The number type of an image's values, as GDCM chooses it and SimpleITK gives it: that of the stored numbers where they are
/// the values, else the smallest whole type that holds whatever the rescaling may give, else `float64`.
func sampleType(of slices: [(layout: PixelLayout, rescale: Rescale)]) -> SampleType {
  let first = slices[0].layout
  if first.kind != .whole { return first.kind == .float32 ? .float32 : .float64 }
  if first.samples > 1 { return .uint8 }
  let isPlain = slices.allSatisfy { slice in
    slice.rescale == .identity && slice.layout.bitsAllocated == first.bitsAllocated
      && slice.layout.isSigned == first.isSigned
  }
  if isPlain { return wholeType(bits: first.bitsAllocated, isSigned: first.isSigned) }
  var range: ClosedRange<Double>?
  for (layout, rescale) in slices {
    guard isWhole(rescale.slope), isWhole(rescale.intercept) else { return .float64 }
    let stored = layout.storedRange
    let ends = [stored.lowerBound, stored.upperBound].map { $0 * rescale.slope + rescale.intercept }
    let values = min(ends[0], ends[1])...max(ends[0], ends[1])
    range =
      range.map { min($0.lowerBound, values.lowerBound)...max($0.upperBound, values.upperBound) } ?? values
  }
  let narrowest = slices.map(\.layout.bitsAllocated).max() ?? 8
  return range.flatMap { smallestType(holding: $0, from: narrowest) } ?? .float64
}

private func isWhole(_ number: Double) -> Bool { abs(number) < 0x1p31 && number == number.rounded() }

private func wholeType(bits: Int, isSigned: Bool) -> SampleType {
  switch (bits, isSigned) {
  case (8, true): .int8
  case (8, false): .uint8
  case (16, true): .int16
  case (16, false): .uint16
  case (_, true): .int32
  case (_, false): .uint32
  }
}

private func smallestType(holding range: ClosedRange<Double>, from narrowest: Int) -> SampleType? {
  let isSigned = range.lowerBound < 0
  for bits in [8, 16, 32] where bits >= narrowest {
    let span = Double(UInt64(1) << UInt64(bits))
    let held = isSigned ? -span / 2...span / 2 - 1 : 0...span - 1
    if held.contains(range.lowerBound) && held.contains(range.upperBound) {
      return wholeType(bits: bits, isSigned: isSigned)
    }
  }
  return nil
}
