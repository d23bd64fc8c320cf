/// The known name that a misspelt one most likely meant; `nil` when none is near.
///
/// Near means an edit distance of at most a third of the longer name, letter case ignored. A text of more than 200 bytes is no misspelt name.
func nearestName(to name: String, among known: [String]) -> String? {
  guard name.utf8.count <= 200 else { return nil }
  let candidates = known.map { ($0, editDistance(Array(name.lowercased()), Array($0.lowercased()))) }
  guard let best = candidates.min(by: { $0.1 < $1.1 }) else { return nil }
  return best.1 * 3 <= max(name.count, best.0.count) ? best.0 : nil
}

/// Optimal string alignment distance: the fewest insertions, deletions, substitutions and swaps of neighbours.
private func editDistance(_ source: [Character], _ target: [Character]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...target.count)
  for row in source.indices {
    var current = [row + 1]
    for column in target.indices {
      let substitution = last[column] + (source[row] == target[column] ? 0 : 1)
      var best = min(substitution, last[column + 1] + 1, current[column] + 1)
      let swapped =
        row > 0 && column > 0 && source[row] == target[column - 1] && source[row - 1] == target[column]
      if swapped { best = min(best, beforeLast[column - 1] + 1) }
      current.append(best)
    }
    beforeLast = last
    last = current
  }
  return last[target.count]
}
