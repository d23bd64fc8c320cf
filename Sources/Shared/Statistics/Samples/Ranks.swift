/// Row numbers in ascending order of their values, ties by row number.
public func ascendingOrder(of values: [Double]) -> [Int] {
  values.indices.sorted { values[$0] != values[$1] ? values[$0] < values[$1] : $0 < $1 }
}

/// Ranks from 1, tied values sharing the mean of their places: R's `rank`.
public func midranks(of values: [Double]) -> [Double] {
  let order = ascendingOrder(of: values)
  var ranks = [Double](repeating: 0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
    let shared = 0.5 * Double(start + 1 + end)
    for place in start..<end { ranks[order[place]] = shared }
    start = end
  }
  return ranks
}
