/// Picks intensities by their order without sorting all of them.
///
/// Grey levels are already in order: they tell in which level a place of the order falls, and only the voxels
/// of that level are looked at.
struct OrderStatistics {
  private let intensities: [Double]
  private let ranks: [Int32]
  /// Number of voxels of lower levels, by rank.
  private let voxelsBelow: [Int]
  private var opened: [Int: OrderedSelection] = [:]

  init(_ intensities: [Double], _ discretised: DiscretisedRegion) {
    self.intensities = intensities
    ranks = discretised.ranks
    var below = 0
    voxelsBelow = discretised.voxelCounts.map { count in
      defer { below += count }
      return below
    }
  }

  /// Looks up the members of all levels in which some places fall in one pass, before they are asked for.
  mutating func open(places: [Int]) {
    var boxOfRank = [Int8](repeating: -1, count: voxelsBelow.count)
    var wanted: [Int] = []
    for place in places {
      let rank = rank(at: place)
      guard boxOfRank[rank] < 0, opened[rank] == nil, wanted.count < 127 else { continue }
      boxOfRank[rank] = Int8(wanted.count)
      wanted.append(rank)
    }
    var members = [[Double]](repeating: [], count: wanted.count)
    for index in ranks.indices {
      let box = boxOfRank[Int(ranks[index])]
      if box >= 0 { members[Int(box)].append(intensities[index]) }
    }
    for (box, rank) in wanted.enumerated() { opened[rank] = OrderedSelection(members[box]) }
  }

  private func rank(at place: Int) -> Int { voxelsBelow.lastIndex { $0 <= place } ?? 0 }

  /// The quantile `q` by linear interpolation between the two nearest places, in NumPy's arithmetic.
  mutating func quantile(_ q: Double) -> Double {
    let position = Double(intensities.count - 1) * q
    let place = Int(position)
    let fraction = position - Double(place)
    let lower = value(at: place)
    guard fraction > 0 else { return lower }
    let upper = value(at: place + 1)
    return fraction < 0.5 ? lower + (upper - lower) * fraction : upper - (upper - lower) * (1 - fraction)
  }

  /// The middle value, or the mean of the two middle values.
  mutating func median() -> Double {
    let middle = intensities.count / 2
    let upper = value(at: middle)
    return intensities.count % 2 == 1 ? upper : (value(at: middle - 1) + upper) / 2
  }

  /// The value of a place, 0 the smallest.
  mutating func value(at place: Int) -> Double {
    let rank = rank(at: place)
    var members = opened.removeValue(forKey: rank) ?? selection(of: rank)
    let value = members.value(at: place - voxelsBelow[rank])
    opened[rank] = members
    return value
  }

  private func selection(of rank: Int) -> OrderedSelection {
    var members: [Double] = []
    for index in ranks.indices where ranks[index] == Int32(rank) { members.append(intensities[index]) }
    return OrderedSelection(members)
  }
}

/// Values that are put in order only as far as is asked.
struct OrderedSelection {
  private var values: [Double]
  /// Places already filled: what lies between two of them needs no look outside.
  private var placed: [Int] = []

  init(_ values: [Double]) { self.values = values }

  /// The value of a place, 0 the smallest.
  mutating func value(at place: Int) -> Double {
    let following = placed.firstIndex { $0 >= place } ?? placed.count
    if following < placed.count, placed[following] == place { return values[place] }
    let lower = following > 0 ? placed[following - 1] + 1 : 0
    let upper = following < placed.count ? placed[following] : values.count
    select(place, in: lower..<upper)
    placed.insert(place, at: following)
    return values[place]
  }

  private mutating func select(_ place: Int, in range: Range<Int>) {
    unsafe values.withUnsafeMutableBufferPointer { values in
      var part = unsafe OrderedPart(values: values)
      part.select(place, in: range)
    }
  }
}

/// The values while they are put in order, without an array's checks in the innermost loop.
@safe private struct OrderedPart {
  var values: UnsafeMutableBufferPointer<Double>

  /// Hoare's quickselect with the median of three; a range that will not shrink is sorted.
  mutating func select(_ place: Int, in range: Range<Int>) {
    var lower = range.lowerBound
    var upper = range.upperBound - 1
    var rounds = 0
    while lower < upper {
      rounds += 1
      if rounds > 100 {
        unsafe values[lower...upper].sort()
        return
      }
      let (left, right) = partition(lower, upper, medianOfThree(lower, upper))
      if place <= right { upper = right } else if place >= left { lower = left } else { return }
    }
  }

  private func medianOfThree(_ lower: Int, _ upper: Int) -> Double {
    let (a, b, c) = unsafe (values[lower], values[(lower + upper) / 2], values[upper])
    return max(min(a, b), min(max(a, b), c))
  }

  /// Moves smaller values before larger ones; all up to `right` are ≤ pivot, all from `left` are ≥ pivot.
  private mutating func partition(_ lower: Int, _ upper: Int, _ pivot: Double) -> (left: Int, right: Int) {
    var i = lower
    var j = upper
    while i <= j {
      while unsafe values[i] < pivot { i &+= 1 }
      while unsafe values[j] > pivot { j &-= 1 }
      if i <= j {
        unsafe values.swapAt(i, j)
        i &+= 1
        j &-= 1
      }
    }
    return (i, j)
  }
}
