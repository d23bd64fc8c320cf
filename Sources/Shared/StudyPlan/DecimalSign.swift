import DelimitedText

/// How a table writes the decimals of its numbers: `0.53`, or `0,53` as spreadsheets do where people write so.
package enum DecimalSign: Equatable, Sendable {
  case point, comma

  /// What is done of a cell that can be read as two numbers, where a study reads a feature table.
  static let exclusion = ", or name the column in features.exclude if it is no feature"

  /// What the numbers of some columns use. A comma is read only where it does not part fields, and where no number of the
  /// table could mean two things.
  /// - Parameters:
  ///   - columns: those that hold numbers, if they do; one with fewer numbers than texts is left alone.
  ///   - otherwise: what else can be done than saving the table in another form, after a comma; may be empty.
  /// - Throws: `StudyError` that names a cell with its possible readings.
  package init(of table: DelimitedTable, columns: [Int], otherwise: String = "") throws(StudyError) {
    var cells = Cells()
    for column in columns {
      var own = Cells()
      for (row, record) in table.rows.enumerated() { own.look(at: record.fields[column], row, column) }
      if own.numbers > own.texts { cells.add(own) }
    }
    guard let comma = cells.comma else {
      if let grouped = cells.grouped {
        throw Self.ambiguous(table, grouped, "thousands marked, or two numbers", otherwise)
      }
      self = .point
      return
    }
    if let grouped = cells.grouped {
      throw Self.ambiguous(
        table, grouped,
        "thousands and decimals both have a sign, and another program may mean either by each",
        otherwise)
    }
    let field = table.rows[comma.row].fields[comma.column]
    let readings = "\(field.replacing(",", with: ".")) or \(field.replacing(",", with: ""))"
    guard table.delimiter != .comma else {
      throw Self.ambiguous(table, comma, "it may be \(readings)", otherwise)
    }
    guard cells.hasDecimals else { throw Self.ambiguous(table, comma, "it may be \(readings)", otherwise) }
    if let point = cells.point {
      throw Self.ambiguous(
        table, point, "other cells have a decimal comma, as \(field), so that a point may part thousands",
        otherwise)
    }
    self = .comma
  }

  private static func ambiguous(
    _ table: DelimitedTable, _ cell: (row: Int, column: Int), _ why: String, _ otherwise: String
  ) -> StudyError {
    let record = table.rows[cell.row]
    return StudyError(
      .badManifest,
      "\(table.place(of: record, column: cell.column)): '\(record.fields[cell.column])' cannot be read for certain: \(why). "
        + "Save the table with decimal points and no sign between thousands (or with ; between fields and a decimal comma in "
        + "every number)\(otherwise).")
  }

  /// The first cell of each kind, and what all of them show.
  private struct Cells {
    /// `0,53`.
    var comma: (row: Int, column: Int)?
    /// `0.53`.
    var point: (row: Int, column: Int)?
    /// `1.449,44` or `1,449.44`.
    var grouped: (row: Int, column: Int)?
    /// Whether some comma cannot part thousands, because other than three digits follow.
    var hasDecimals = false

    /// How many cells are numbers, read with one sign or another, and how many are not.
    var (numbers, texts) = (0, 0)

    mutating func look(at field: String, _ row: Int, _ column: Int) {
      guard field.utf8.contains(UInt8(ascii: ",")) else {
        guard Double(field) != nil else { return texts += FeatureTableColumns.isMissing(field) ? 0 : 1 }
        numbers += 1
        if point == nil, field.utf8.contains(UInt8(ascii: ".")) { point = (row, column) }
        return
      }
      let bytes = Array(field.utf8)
      if DecimalSign.isNumber(bytes, sign: UInt8(ascii: ",")) {
        numbers += 1
        if comma == nil { comma = (row, column) }
        hasDecimals = hasDecimals || !DecimalSign.mayPartThousands(bytes)
        return
      }
      let plain = bytes.filter { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: ".") }
      guard DecimalSign.isNumber(plain, sign: UInt8(ascii: ".")) else { return texts += 1 }
      numbers += 1
      if grouped == nil { grouped = (row, column) }
    }

    mutating func add(_ other: Cells) {
      (comma, point, grouped) = (comma ?? other.comma, point ?? other.point, grouped ?? other.grouped)
      hasDecimals = hasDecimals || other.hasDecimals
    }
  }
}

extension DecimalSign {
  /// A number with one decimal comma; `nil` for anything else.
  package static func numberWithComma(_ field: String) -> Double? {
    isNumber(Array(field.utf8), sign: UInt8(ascii: ",")) && field.contains(",")
      ? Double(field.replacing(",", with: ".")) : nil
  }

  /// Digits with at most one decimal sign among or before them, a sign in front, an exponent behind.
  fileprivate static func isNumber(_ bytes: [UInt8], sign: UInt8) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    var (rest, hasDigit, signs) = (bytes[...], false, 0)
    if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") { rest.removeFirst() }
    while let byte = rest.first, digits.contains(byte) || byte == sign {
      if byte == sign { signs += 1 } else { hasDigit = true }
      rest.removeFirst()
    }
    guard hasDigit, signs <= 1 else { return false }
    guard let exponent = rest.popFirst() else { return true }
    guard exponent == UInt8(ascii: "e") || exponent == UInt8(ascii: "E") else { return false }
    if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") { rest.removeFirst() }
    return !rest.isEmpty && rest.allSatisfy(digits.contains)
  }

  /// `1,449` and `12,345`, but not `0,449`: one to three digits without a leading zero, then three.
  fileprivate static func mayPartThousands(_ bytes: [UInt8]) -> Bool {
    let parts = bytes.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }.split(
      separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].count == 3, (1...3).contains(parts[0].count) else { return false }
    return parts[0].first != UInt8(ascii: "0") && parts[1].allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
  }
}

extension String {
  /// With a decimal point, where it is a number of a table of decimal commas.
  package mutating func replaceDecimalComma(_ decimals: DecimalSign) {
    if decimals == .comma, DecimalSign.numberWithComma(self) != nil { self = replacing(",", with: ".") }
  }
}
