/// A set of small numbers that is emptied as it is read, in ascending order.
struct SmallNumberSet {
  private var words: [UInt64]
  /// A bit for each word that is not 0.
  private var filled: [UInt64]

  /// - Parameter bound: numbers are 0..<bound.
  init(below bound: Int) {
    words = [UInt64](repeating: 0, count: bound / 64 + 1)
    filled = [UInt64](repeating: 0, count: words.count / 64 + 1)
  }

  @inline(__always)
  mutating func insert(_ number: Int) {
    words[number &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: number & 63)
    filled[number &>> 12] |= 1 &<< UInt64(truncatingIfNeeded: number &>> 6 & 63)
  }

  /// Moves all numbers to the end of a list.
  @inline(__always)
  mutating func drain(to numbers: inout [Int]) {
    for group in filled.indices where filled[group] != 0 {
      for bit in SetBits(filled[group]) {
        let word = group &* 64 &+ bit
        for place in SetBits(words[word]) { numbers.append(word &* 64 &+ place) }
        words[word] = 0
      }
      filled[group] = 0
    }
  }
}

/// Places of the bits of a word that are set, in ascending order.
struct SetBits: Sequence, IteratorProtocol {
  private var rest: UInt64

  @inline(__always)
  init(_ word: UInt64) { rest = word }

  @inline(__always)
  mutating func next() -> Int? {
    if rest == 0 { return nil }
    defer { rest &= rest &- 1 }
    return rest.trailingZeroBitCount
  }
}
