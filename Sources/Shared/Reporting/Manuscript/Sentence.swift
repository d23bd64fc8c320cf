/// A sentence of the manuscript: text, and the works that it cites at places in the text.
///
/// `"AUCs were compared by DeLong’s paired test\(cite: .deLong)."`
package struct Sentence: Equatable, Sendable, ExpressibleByStringInterpolation {
  enum Piece: Equatable, Sendable {
    case text(String)
    case citation([Reference])
  }

  var pieces: [Piece]

  package init(stringLiteral text: String) { pieces = [.text(text)] }

  package init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

  package struct StringInterpolation: StringInterpolationProtocol {
    var pieces: [Piece] = []

    package init(literalCapacity: Int, interpolationCount: Int) {}

    package mutating func appendLiteral(_ literal: String) { pieces.append(.text(literal)) }

    package mutating func appendInterpolation(_ text: String) { pieces.append(.text(text)) }

    package mutating func appendInterpolation(_ number: Int) {
      pieces.append(.text(PageNumber.count(number)))
    }

    package mutating func appendInterpolation(_ phrase: Sentence) { pieces += phrase.pieces }

    package mutating func appendInterpolation(cite works: Reference...) { pieces.append(.citation(works)) }

    package mutating func appendInterpolation(cite works: [Reference]) { pieces.append(.citation(works)) }
  }

  /// The works that it cites, in the order of its text.
  package var works: [Reference] {
    pieces.flatMap { piece -> [Reference] in
      if case .citation(let works) = piece { works } else { [] }
    }
  }

  /// Its text, with the numbers that a list gives to the works: `… paired test [4].`
  package func text(numbering list: [Reference]) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): return text
      case .citation(let works):
        let numbers = works.compactMap { list.firstIndex(of: $0) }.map { String($0 + 1) }
        return numbers.isEmpty ? "" : " [\(numbers.joined(separator: ", "))]"
      }
    }.joined()
  }

  /// Phrases in a list: `a, b and c`.
  static func list(_ phrases: [Sentence]) -> Sentence {
    var joined: Sentence = ""
    for (index, phrase) in phrases.enumerated() {
      if index > 0 { joined.pieces.append(.text(index == phrases.count - 1 ? " and " : ", ")) }
      joined.pieces += phrase.pieces
    }
    return joined
  }

  /// Names in a list: `Rad, DL and DLR`.
  static func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }
}
