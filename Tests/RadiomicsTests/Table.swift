import Foundation

/// Rows of a CSV file; fields may be quoted.
struct Table {
  let rows: [[String]]

  init(_ url: URL) throws {
    let text = try String(contentsOf: url, encoding: .utf8)
    rows = text.split(whereSeparator: \.isNewline).map(Self.fields)
  }

  private static func fields(_ line: Substring) -> [String] {
    var fields = [""]
    var isQuoted = false
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: fields.append("")
      default: fields[fields.count - 1].append(character)
      }
    }
    return fields
  }
}
