import Volumes

/// A box of an image, with what lies around it, on its way through the frequencies.
struct SpectralImage {
  /// Voxels along x, y and z.
  let counts: [Int]
  private let transforms: [LineTransform]
  var values: ComplexNumbers

  /// - Parameters:
  ///   - image: what is read.
  ///   - ranges: indices along x, y and z, which may reach over the edges.
  ///   - boundary: what lies there.
  init(_ image: Volume, _ ranges: [Range<Int>], _ boundary: BoundaryCondition) {
    let size = image.geometry.size
    counts = ranges.map(\.count)
    transforms = counts.map { LineTransform(count: $0) }
    let places = zip(ranges, size.extents).map { range, extent in
      range.map { boundary.index($0, of: extent) }
    }
    var real: [Double] = []
    real.reserveCapacity(counts.reduce(1, *))
    for z in places[2] {
      for y in places[1] {
        for x in places[0] {
          guard let x, let y, let z else {
            real.append(0)
            continue
          }
          real.append(image.voxels[size.offset(x: x, y: y, z: z)])
        }
      }
    }
    values = ComplexNumbers(real)
  }

  /// An image of zeros.
  init(counts: [Int]) {
    self.counts = counts
    transforms = counts.map { LineTransform(count: $0) }
    values = ComplexNumbers([Double](repeating: 0, count: counts.reduce(1, *)))
  }

  /// The image itself to its spectrum.
  mutating func transform() { forEachLine { $0.forward($1) } }

  /// The spectrum to the image, divided by the number of voxels.
  mutating func transformBack() {
    forEachLine { $0.backward($1) }
    let scale = 1 / Double(counts.reduce(1, *))
    for place in values.real.indices {
      values.real[place] *= scale
      values.imaginary[place] *= scale
    }
  }

  private mutating func forEachLine(_ body: (LineTransform, ComplexNumbers) -> ComplexNumbers) {
    for axis in 0..<3 where counts[axis] > 1 {
      let inner = counts[..<axis].reduce(1, *)
      let outer = counts[(axis + 1)...].reduce(1, *)
      var line = ComplexNumbers([Double](repeating: 0, count: counts[axis]))
      for o in 0..<outer {
        for i in 0..<inner {
          let start = o * counts[axis] * inner + i
          for n in 0..<counts[axis] {
            line.real[n] = values.real[start + n * inner]
            line.imaginary[n] = values.imaginary[start + n * inner]
          }
          let result = body(transforms[axis], line)
          for n in 0..<counts[axis] {
            values.real[start + n * inner] = result.real[n]
            values.imaginary[start + n * inner] = result.imaginary[n]
          }
        }
      }
    }
  }

  /// Multiplies the spectrum by a function of the indices along x, y and z.
  mutating func multiply(by transfer: (SIMD3<Int>) -> (real: Double, imaginary: Double)) {
    var place = 0
    for z in 0..<counts[2] {
      for y in 0..<counts[1] {
        for x in 0..<counts[0] {
          let factor = transfer([x, y, z])
          let (real, imaginary) = (values.real[place], values.imaginary[place])
          values.real[place] = real * factor.real - imaginary * factor.imaginary
          values.imaginary[place] = real * factor.imaginary + imaginary * factor.real
          place += 1
        }
      }
    }
  }

  /// Voxels of a box of it, by a function of their complex values.
  func voxels(_ box: [Range<Int>], _ value: (Double, Double) -> Double) -> [Double] {
    var voxels: [Double] = []
    for z in box[2] {
      for y in box[1] {
        for x in box[0] {
          let place = (z * counts[1] + y) * counts[0] + x
          voxels.append(value(values.real[place], values.imaginary[place]))
        }
      }
    }
    return voxels
  }
}
