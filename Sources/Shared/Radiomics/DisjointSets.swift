/// Sets of numbers that are joined step by step (union-find with path halving).
struct DisjointSets {
  private var parents: [Int]

  /// Each number from 0 in a set of its own.
  init(count: Int) { parents = Array(0..<count) }

  /// The smallest member of a number's set.
  mutating func representative(of member: Int) -> Int {
    var current = member
    while parents[current] != current {
      parents[current] = parents[parents[current]]
      current = parents[current]
    }
    return current
  }

  mutating func join(_ a: Int, _ b: Int) {
    let (first, second) = (representative(of: a), representative(of: b))
    parents[max(first, second)] = min(first, second)
  }
}
