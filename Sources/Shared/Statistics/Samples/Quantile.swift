/// Sample quantile of type 7 (Hyndman and Fan 1996, doi:10.1080/00031305.1996.10473566; the default of R and NumPy)
/// of sorted values: linear between the order statistics at `(n - 1) p`.
/// - Returns: NaN when there is no value.
public func quantile(ofSorted values: [Double], _ p: Double) -> Double {
  guard !values.isEmpty else { return .nan }
  let position = Double(values.count - 1) * min(max(p, 0), 1)
  let lower = Int(position.rounded(.down))
  guard lower + 1 < values.count else { return values[values.count - 1] }
  return values[lower] + (position - Double(lower)) * (values[lower + 1] - values[lower])
}
