import Testing
import Volumes

@Suite struct `Otsu's split` {
  /// The variance within the classes, which is smallest where that between them is largest, value by value.
  private func within(_ counts: [Int], upTo bin: Int) -> Double {
    let values = counts.enumerated().flatMap { [Double](repeating: Double($0.offset), count: $0.element) }
    let classes = [values.filter { $0 <= Double(bin) }, values.filter { $0 > Double(bin) }]
    return classes.reduce(0) { sum, values in
      let mean = values.reduce(0, +) / Double(values.count)
      return sum + values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
  }

  @Test(arguments: [
    [8, 7, 2, 6, 9, 4], [1, 0, 0, 1], [5, 1], [1, 2, 3, 4, 5, 6, 7], [100, 3, 1, 1, 2, 40],
    [9, 1, 1, 1, 1, 1, 1, 1, 9],
  ])
  func `leaves the least variance within its classes`(counts: [Int]) throws {
    let split = try #require(
      otsuSplit(counts: counts.map(Double.init), centres: counts.indices.map(Double.init)))
    let total = counts.reduce(0, +)
    let sizes = counts.indices.map { counts[0...$0].reduce(0, +) }
    let possible = counts.indices.filter { (1..<total).contains(sizes[$0]) }
    let best = try #require(possible.map { within(counts, upTo: $0) }.min())
    #expect(abs(within(counts, upTo: split.lowerBound) - best) < 1e-9)
    #expect(abs(within(counts, upTo: split.upperBound) - best) < 1e-9)
  }

  @Test func `is every bin of a gap between two classes`() {
    #expect(otsuSplit(counts: [4, 0, 0, 0, 4], centres: [0, 1, 2, 3, 4]) == 0...3)
  }

  @Test func `is none where all values are in one bin, or there are none`() {
    #expect(otsuSplit(counts: [0, 7, 0], centres: [0, 1, 2]) == nil)
    #expect(otsuSplit(counts: [0, 0], centres: [0, 1]) == nil)
  }
}
