/// Adjustments of p-values for the number of tests: R's `p.adjust`.
public enum MultipleTesting {
  /// Benjamini and Hochberg (1995, doi:10.1111/j.2517-6161.1995.tb02031.x): smallest false discovery rate at which
  /// each test is rejected.
  public static func benjaminiHochberg(_ p: [Double]) -> [Double] {
    var adjusted = p
    var smallest = 1.0
    for (place, index) in ascendingOrder(of: p).enumerated().reversed() {
      smallest = min(smallest, p[index] * Double(p.count) / Double(place + 1))
      adjusted[index] = smallest
    }
    return adjusted
  }

  /// Holm (1979, Scand J Stat 6:65): family-wise error rate at which each test is rejected.
  public static func holm(_ p: [Double]) -> [Double] {
    var adjusted = p
    var largest = 0.0
    for (place, index) in ascendingOrder(of: p).enumerated() {
      largest = max(largest, min(1, p[index] * Double(p.count - place)))
      adjusted[index] = largest
    }
    return adjusted
  }
}
