import ElementaryFunctions
import Volumes

/// Turns samples along a line into coefficients of a cubic B-spline that passes through them, mirrored at
/// both ends without repeating the outermost sample (Unser, IEEE Signal Process Mag 1999, box 2).
struct SplinePrefilter: LineFilter {
  /// Two programs round the start of the recursion differently; both are followed to the last bit.
  enum Convention {
    /// ITK starts from 18 samples where the line is longer (tolerance 1e-10).
    case itk
    /// SciPy always starts from the whole line.
    case scipy
  }

  let convention: Convention
  private let pole: Double

  init(convention: Convention) {
    self.convention = convention
    pole = convention == .itk ? 3.0.squareRoot() - 2 : -0.267949192431122706472553658494127633
  }

  func apply(to line: LineBuffer) {
    guard line.count > 1 else { return }
    let values = unsafe line.values
    let gain = (1 - pole) * (1 - 1 / pole)
    for place in 0..<line.count { unsafe values[place] *= gain }
    unsafe values[0] = convention == .itk ? itkStart(line) : scipyStart(line)
    var previous = unsafe values[0]
    for place in 1..<line.count {
      previous = unsafe values[place] + pole * previous
      unsafe values[place] = previous
    }
    let end = line.count - 1
    let (last, beforeLast) = unsafe (values[end], values[end - 1])
    previous =
      convention == .itk
      ? (pole / (pole * pole - 1)) * (pole * beforeLast + last)
      : (pole * beforeLast + last) * pole / (pole * pole - 1)
    unsafe values[end] = previous
    var place = end - 1
    while place >= line.keep.lowerBound {
      previous = unsafe pole * (previous - values[place])
      unsafe values[place] = previous
      place -= 1
    }
  }

  private func itkStart(_ line: LineBuffer) -> Lanes {
    let values = unsafe line.values
    let horizon = 18
    var sum = unsafe values[0]
    var power = pole
    if horizon < line.count {
      for place in 1..<horizon {
        sum += unsafe power * values[place]
        power *= pole
      }
      return sum
    }
    var reverse = Elementary.pow(pole, Double(line.count - 1))
    sum += unsafe reverse * values[line.count - 1]
    reverse *= reverse * (1 / pole)
    for place in stride(from: 1, through: line.count - 2, by: 1) {
      sum += unsafe (power + reverse) * values[place]
      power *= pole
      reverse *= 1 / pole
    }
    return sum / (1 - power * power)
  }

  private func scipyStart(_ line: LineBuffer) -> Lanes {
    let values = unsafe line.values
    let end = line.count - 1
    let farthest = Elementary.pow(pole, Double(end))
    var sum = unsafe values[0] + farthest * values[end]
    var power = pole
    for place in stride(from: 1, to: end, by: 1) {
      sum += unsafe power * (values[place] + farthest * values[end - place])
      power *= pole
    }
    return sum / (1 - farthest * farthest)
  }
}

/// Coefficients of the cubic B-spline through an image, in a box of it.
struct SplineCoefficients {
  let box: VoxelBox
  let values: [Double]

  /// ITK filters along x first, SciPy along the slowest axis first.
  init(of image: StoredVolume, within box: VoxelBox, convention: SplinePrefilter.Convention) {
    self.box = box
    let filter = SplinePrefilter(convention: convention)
    let axes = Array(0..<image.geometry.dimension)
    var size = image.geometry.size
    var block: [Double]?
    for axis in convention == .itk ? axes : axes.reversed() {
      let pass = LinePass(filter: filter, axis: axis, keep: box.ranges[axis])
      if var filtered = block.take() {
        pass.run(inPlace: &filtered, size)
        block = consume filtered
      } else {
        block = pass.run(image, window: size.box)
      }
      size = pass.resultSize(size)
    }
    values = block ?? image.volume.voxels
  }
}
