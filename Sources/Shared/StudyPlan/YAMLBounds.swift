/// Refuses a YAML text that its parser, which calls itself for each level, could not be trusted with.
///
/// The levels are bounded from above without parsing: by the brackets that are open, and by how far lines are indented,
/// dashes of nested lists included. References (`*name`) are few, because texts that refer to texts that refer again
/// grow without end.
/// - Throws: `StudyError` that says which bound is passed, and by what.
func checkBounds(ofYAML text: String, _ subject: String) throws(StudyError) {
  func require(_ holds: Bool, _ found: String) throws(StudyError) {
    guard holds else {
      throw StudyError(.syntax, "\(subject) is not read: \(found). Write it as the documentation shows.")
    }
  }
  let size = text.utf8.count
  try require(size <= 4 << 20, "it has \(size) bytes; expected at most \(4 << 20)")
  var shape = YAMLShape()
  for byte in text.utf8 { shape.take(byte) }
  try require(shape.deepest <= 100, "it opens more than 100 brackets within each other")
  try require(shape.farthest <= 200, "a line is indented by \(shape.farthest) places; expected at most 200")
  try require(
    shape.references <= 40,
    "it refers to other parts of itself \(shape.references) times; expected at most 40")
}

/// What can be told of a YAML text byte by byte.
private struct YAMLShape {
  /// Most brackets open at a time.
  private(set) var deepest = 0
  /// Longest run of blanks and indicators at the beginning of a line.
  private(set) var farthest = 0
  /// Number of `*name`.
  private(set) var references = 0

  private var open = 0
  private var indentation: Int? = 0
  private var previous = UInt8(ascii: "\n")
  private var mayRefer = false

  private static let indicators = Set(" \t-?:".utf8)
  private static let afterStar = Set(" \t\n\r*".utf8)
  private static let beforeReference = Set(" \t\n\r-?:,[{".utf8)

  mutating func take(_ byte: UInt8) {
    if mayRefer, !Self.afterStar.contains(byte) { references += 1 }
    mayRefer = byte == UInt8(ascii: "*") && Self.beforeReference.contains(previous)
    previous = byte
    switch byte {
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): indentation = 0
    case _ where Self.indicators.contains(byte):
      if let places = indentation { indentation = places + 1 }
      farthest = max(farthest, indentation ?? 0)
    default: indentation = nil
    }
    switch byte {
    case UInt8(ascii: "["), UInt8(ascii: "{"): open += 1
    case UInt8(ascii: "]"), UInt8(ascii: "}"): open = max(0, open - 1)
    default: break
    }
    deepest = max(deepest, open)
  }
}
