import ElementaryFunctions

/// The discrete Fourier transform of a length that is a power of two (Cooley & Tukey 1965), without scaling.
struct FourierTransform {
  let count: Int
  private let cosines: [Double]
  private let sines: [Double]
  /// Each place with its bits in reverse order.
  private let reversed: [Int]

  /// - Parameter minimum: the length is the smallest power of two that is no less.
  init(atLeast minimum: Int) {
    var count = 1
    while count < minimum { count *= 2 }
    let bits = count.trailingZeroBitCount
    let turns = (0..<count / 2).map { 2 * Double.pi * Double($0) / Double(count) }
    self.count = count
    cosines = turns.map(Elementary.cos)
    sines = turns.map(Elementary.sin)
    reversed = (0..<count).map { place in
      (0..<bits).reduce(0) { $0 | (place >> $1 & 1) << (bits - 1 - $1) }
    }
  }

  /// Transforms along rows that lie one after the other: `Σₖ x(k) e^(-2πi jk/n)` of each column of a table of
  /// `count` rows.
  /// - Parameters:
  ///   - table: the table; a single column is a plain transform.
  ///   - width: number of columns.
  func transformColumns(of table: inout ComplexTable, width: Int) {
    for place in 0..<count where place < reversed[place] {
      table.swapRows(place, reversed[place], width: width)
    }
    var half = 1
    while half < count {
      let stride = count / (2 * half)
      for start in Swift.stride(from: 0, to: count, by: 2 * half) {
        for k in 0..<half {
          ComplexTable.butterfly(
            &table.real, &table.imaginary, start + k, start + k + half, width: width,
            cosines[k * stride], -sines[k * stride])
        }
      }
      half *= 2
    }
  }
}

/// Complex numbers by rows.
struct ComplexTable {
  var real: [Double]
  var imaginary: [Double]

  init(count: Int) {
    real = [Double](repeating: 0, count: count)
    imaginary = real
  }

  fileprivate mutating func swapRows(_ a: Int, _ b: Int, width: Int) {
    for column in 0..<width {
      real.swapAt(a * width + column, b * width + column)
      imaginary.swapAt(a * width + column, b * width + column)
    }
  }

  /// `(a, b) ← (a + w b, a - w b)` for two rows, `w = cosine + i sine`.
  @inline(__always)
  fileprivate static func butterfly(
    _ real: inout [Double], _ imaginary: inout [Double], _ a: Int, _ b: Int, width: Int,
    _ cosine: Double, _ sine: Double
  ) {
    var re = real.mutableSpan
    var im = imaginary.mutableSpan
    let (first, second) = (a * width, b * width)
    precondition(first + width <= re.count && second + width <= re.count && re.count == im.count)
    for column in 0..<width {
      let (i, j) = (first &+ column, second &+ column)
      let (x, y) = unsafe (re[unchecked: j], im[unchecked: j])
      let (p, q) = (cosine * x - sine * y, cosine * y + sine * x)
      let (u, v) = unsafe (re[unchecked: i], im[unchecked: i])
      unsafe re[unchecked: i] = u + p
      unsafe im[unchecked: i] = v + q
      unsafe re[unchecked: j] = u - p
      unsafe im[unchecked: j] = v - q
    }
  }

  /// The table with rows as columns.
  func transposed(width: Int) -> ComplexTable {
    var result = ComplexTable(count: real.count)
    let height = real.count / width
    for row in 0..<height {
      for column in 0..<width {
        result.real[column * height + row] = real[row * width + column]
        result.imaginary[column * height + row] = imaginary[row * width + column]
      }
    }
    return result
  }
}
