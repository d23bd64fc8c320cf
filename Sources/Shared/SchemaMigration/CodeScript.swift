import Postgres

/// A file of code as it is sent to a database that may have an older state of it.
///
/// `CREATE OR REPLACE` refuses a function whose result or parameter names changed and a view whose columns did, and leaves
/// a function with other parameter types beside the new one. So before each such statement stands a call that drops what
/// would be in its way. All on one line, so that lines count as in the file.
package struct CodeScript {
  package private(set) var text = ""
  /// What was put in: where in `text`, in characters, and how many.
  private var insertions: [(at: Int, count: Int)] = []

  private static let probe = "queue.schema_probe"
  private static let quote = "$schema_probe$"

  /// - Throws: `.schema` where a function or view is created without the name of its schema.
  package init(_ file: SchemaFile, components: [String]) throws(PostgresError) {
    let script = SQLScript(file.sql)
    let list = "'{\(components.joined(separator: ","))}'"
    var copied = 0
    for statement in script.statements {
      guard let creation = try Creation(statement, of: script, in: file) else { continue }
      append(script.text(copied..<statement.range.lowerBound))
      let before = script.text(statement.range.lowerBound..<creation.name.lowerBound)
      let after = script.text(creation.name.upperBound..<statement.range.upperBound)
      let call = "CALL queue.schema_make_way_for_\(creation.kind.rawValue)"
      insert(
        "\(call)(\(list), \(creation.schema), \(creation.object), "
          + "\(Self.quote)\(before)\(Self.probe)\(after)\(Self.quote)); ")
      copied = statement.range.lowerBound
    }
    append(script.text(copied..<script.bytes.count))
  }

  private mutating func append(_ part: String) { text += part }

  private mutating func insert(_ part: String) {
    insertions.append((at: text.unicodeScalars.count, count: part.unicodeScalars.count))
    text += part
  }

  /// Where in the file a position in `text` lies; both count characters from 1, as the server does.
  package func positionInFile(_ position: Int) -> Int {
    let before = insertions.prefix { $0.at < position - 1 }
    return before.reduce(position) { max($0 - $1.count, 1) }
  }
}

/// `CREATE [OR REPLACE] FUNCTION|PROCEDURE|VIEW schema.name`.
private struct Creation {
  enum Kind: String { case routine, view }

  let kind: Kind
  /// Literals.
  let schema: String
  let object: String
  /// Bytes of the name with its schema.
  let name: Range<Int>

  init?(_ statement: SQLScript.Statement, of script: SQLScript, in file: SchemaFile) throws(PostgresError) {
    var rest = statement.tokens
    func word(_ token: SQLScript.Token?) -> String? {
      token.flatMap { $0.kind == .word ? script.text($0.range).uppercased() : nil }
    }
    guard word(rest.popFirst()) == "CREATE" else { return nil }
    if word(rest.first) == "OR" { rest = rest.dropFirst(2) }
    switch word(rest.popFirst()) {
    case "FUNCTION", "PROCEDURE": kind = .routine
    case "VIEW": kind = .view
    default: return nil
    }
    let parts = Array(rest.prefix(3))
    let names = parts.compactMap { Creation.literal($0, in: script) }
    guard parts.count == 3, names.count == 2, script.text(parts[1].range) == "." else {
      let line = 1 + script.bytes[..<statement.range.lowerBound].count { $0 == UInt8(ascii: "\n") }
      throw PostgresError(
        .schema, "\(file.label), line \(line): the name of a function or view is written with its schema")
    }
    (schema, object) = (names[0], names[1])
    name = parts[0].range.lowerBound..<parts[2].range.upperBound
  }

  /// The name that a token stands for, as a literal.
  private static func literal(_ token: SQLScript.Token, in script: SQLScript) -> String? {
    let text = script.text(token.range)
    let name: String
    switch token.kind {
    case .word: name = text.lowercased()
    case .quotedName: name = String(text.dropFirst().dropLast()).replacing("\"\"", with: "\"")
    case .text, .symbol: return nil
    }
    return "'\(name.replacing("'", with: "''"))'"
  }
}
