/// Finds the known name that an unknown one was probably meant to be.
package enum NearestName {
  /// The known name at the smallest edit distance, letter case ignored, and that distance; the first of equals. `nil` where nothing is
  /// known. A text of more than 200 bytes is no misspelt name: of it the first known name is given, at no distance.
  static func of(_ name: String, among known: [String]) -> (name: String, distance: Int?)? {
    guard name.utf8.count <= 200 else { return known.first.map { ($0, nil) } }
    let distances = known.map { editDistance(Array(name.lowercased()), Array($0.lowercased())) }
    guard let best = known.indices.min(by: { distances[$0] < distances[$1] }) else { return nil }
    return (known[best], distances[best])
  }

  /// The known name that a misspelt one most likely meant; `nil` when none is near: at an edit distance of at most a third of the
  /// longer name.
  package static func meant(by name: String, among known: [String]) -> String? {
    guard let best = of(name, among: known), let distance = best.distance else { return nil }
    return distance * 3 <= max(name.count, best.name.count) ? best.name : nil
  }

  /// Optimal string alignment distance: the fewest insertions, deletions, substitutions and swaps of neighbours.
  private static func editDistance(_ source: [Character], _ target: [Character]) -> Int {
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
}
