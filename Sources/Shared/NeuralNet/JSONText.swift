/// A cursor over JSON that knows objects, text and lists of whole numbers.
struct JSONText {
  private let bytes: ArraySlice<UInt8>
  private let label: String
  private var position: Int

  init(bytes: ArraySlice<UInt8>, label: String) {
    self.bytes = bytes
    self.label = label
    self.position = bytes.startIndex
  }

  /// An error about this place of the header.
  func failure(_ what: String) -> NeuralNetError {
    NeuralNetError(
      .badHeader, "\(label): header byte \(position - bytes.startIndex): \(what); export the weights again")
  }

  /// Reads an object, calling `member` with each name when its value comes next.
  mutating func object(
    _ member: (String, inout JSONText) throws(NeuralNetError) -> Void
  ) throws(NeuralNetError) {
    try expect("{")
    if try accept("}") { return }
    repeat {
      let name = try string()
      try expect(":")
      try member(name, &self)
    } while try accept(",")
    try expect("}")
  }

  /// Reads a list of numbers that are whole and not negative.
  mutating func numbers(atMost limit: Int) throws(NeuralNetError) -> [Int] {
    var numbers: [Int] = []
    try expect("[")
    if try accept("]") { return numbers }
    repeat {
      guard numbers.count < limit else { throw failure("a list of more than \(limit) numbers") }
      numbers.append(try number())
    } while try accept(",")
    try expect("]")
    return numbers
  }

  /// Reads text in quotes.
  mutating func string() throws(NeuralNetError) -> String {
    try expect("\"")
    var content: [UInt8] = []
    while true {
      guard let byte = next() else { throw failure("text that does not end") }
      if byte == UInt8(ascii: "\"") { break }
      guard byte >= 0x20 else { throw failure("a control character in text") }
      if byte == UInt8(ascii: "\\") {
        try content.append(contentsOf: escaped())
      } else {
        content.append(byte)
      }
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw failure("text that is not UTF-8")
    }
    return text
  }

  /// Accepts blanks up to the end, which pad the header for alignment.
  mutating func end() throws(NeuralNetError) {
    skipBlanks()
    guard position == bytes.endIndex else { throw failure("something follows the object") }
  }

  private mutating func number() throws(NeuralNetError) -> Int {
    skipBlanks()
    let start = position
    var value = 0
    while position < bytes.endIndex, case let digit = Int(bytes[position]) - 48, (0...9).contains(digit) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = tens.addingReportingOverflow(digit)
      guard !overflow, !overflow2 else { throw failure("a number above 2⁶³") }
      value = sum
      position += 1
    }
    let digits = position - start
    guard digits == 1 || digits > 1 && bytes[start] != UInt8(ascii: "0") else {
      throw failure("a whole number is expected")
    }
    return value
  }

  /// What follows a backslash, as UTF-8.
  private mutating func escaped() throws(NeuralNetError) -> [UInt8] {
    switch next() {
    case UInt8(ascii: "\"")?: return [UInt8(ascii: "\"")]
    case UInt8(ascii: "\\")?: return [UInt8(ascii: "\\")]
    case UInt8(ascii: "/")?: return [UInt8(ascii: "/")]
    case UInt8(ascii: "b")?: return [0x08]
    case UInt8(ascii: "f")?: return [0x0C]
    case UInt8(ascii: "n")?: return [0x0A]
    case UInt8(ascii: "r")?: return [0x0D]
    case UInt8(ascii: "t")?: return [0x09]
    case UInt8(ascii: "u")?: return try unicodeEscape()
    default: throw failure("an unknown escape in text")
    }
  }

  /// Four hexadecimal digits, or twice four for a surrogate pair.
  private mutating func unicodeEscape() throws(NeuralNetError) -> [UInt8] {
    var units = [try codeUnit()]
    if UTF16.isLeadSurrogate(units[0]) {
      guard next() == UInt8(ascii: "\\"), next() == UInt8(ascii: "u") else {
        throw failure("half of a surrogate pair in text")
      }
      units.append(try codeUnit())
    }
    guard let text = String(validating: units, as: UTF16.self) else {
      throw failure("half of a surrogate pair in text")
    }
    return Array(text.utf8)
  }

  private mutating func codeUnit() throws(NeuralNetError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next(), let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw failure("four hexadecimal digits are expected")
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  private mutating func next() -> UInt8? {
    guard position < bytes.endIndex else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func skipBlanks() {
    while position < bytes.endIndex, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) throws(NeuralNetError) -> Bool {
    skipBlanks()
    guard position < bytes.endIndex else { throw failure("the header ends too early") }
    guard bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(NeuralNetError) {
    guard try accept(character) else { throw failure("\"\(character)\" is expected") }
  }
}
