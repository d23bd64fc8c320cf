/// Names that Stata takes for the columns of a table, each once.
///
/// 1 to 32 letters, digits and `_`, no digit first, and none of its own words ([U] 11.3 of the Stata User's Guide). What is longer is cut
/// and ends in `_` and the number of its column.
package struct StataNames: Sendable {
  /// Most variables of a data set in Stata/SE; Stata/MP takes 120,000 ([R] limits).
  package static let mostVariables = 32_767
  package static let mostLetters = 32

  /// In the order of the columns.
  package let names: [String]

  private static let reserved: Set<String> = [
    "_all", "_b", "byte", "_coef", "_cons", "double", "float", "if", "in", "int", "long", "_n", "_N", "_pi",
    "_pred", "_rc",
    "_skip", "strL", "using", "with",
  ]

  package init(_ columns: [String]) {
    let plain = columns.map(Self.plain)
    let counts = Dictionary(plain.map { ($0, 1) }, uniquingKeysWith: +)
    // What stands as it is comes first; who is cut must differ from it.
    let kept = plain.map { counts[$0] == 1 && Self.isName($0) }
    var taken = Set(zip(plain, kept).filter(\.1).map(\.0))
    names = columns.indices.map { column in
      guard !kept[column] else { return plain[column] }
      var number = "\(column + 1)"
      while true {
        let name = plain[column].prefix(Self.mostLetters - 1 - number.count) + "_" + number
        if taken.insert(String(name)).inserted { return String(name) }
        number += "_"
      }
    }
  }

  private static func plain(_ column: String) -> String {
    let letters = column.unicodeScalars.map { isLetter($0) || ("0"..."9").contains($0) ? String($0) : "_" }
      .joined()
    guard let first = letters.unicodeScalars.first else { return "_" }
    return ("0"..."9").contains(first) ? "_" + letters : letters
  }

  private static func isName(_ text: String) -> Bool {
    let isString = text.hasPrefix("str") && text.count > 3 && text.dropFirst(3).allSatisfy(\.isNumber)
    return (1...mostLetters).contains(text.count) && !reserved.contains(text) && !isString
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
  }
}
