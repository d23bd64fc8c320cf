import ArgumentParser
import Foundation

/// A page of documentation whose tables programs write: what lies between `<!-- NAME -->` and `<!-- end NAME -->`.
enum Page {
  static func replace(_ name: String, with text: String, in path: String) throws {
    try change(name, in: path) { _ in text }
  }

  /// Rows of a table take the place of those with the same first two cells, or follow at its end.
  static func merge(_ name: String, rows: [String], in path: String) throws {
    func key(_ row: Substring) -> [Substring] { Array(row.split(separator: "|").prefix(2)) }
    try change(name, in: path) { text in
      var lines = text.split(separator: "\n")
      for row in rows {
        let row = Substring(row)
        if let place = lines.firstIndex(where: { key($0) == key(row) }) {
          lines[place] = row
        } else {
          lines.append(row)
        }
      }
      return lines.joined(separator: "\n")
    }
  }

  private static func change(_ name: String, in path: String, _ text: (String) -> String) throws {
    let page = try String(contentsOfFile: path, encoding: .utf8)
    guard let start = page.range(of: "<!-- \(name) -->\n"),
      let end = page.range(of: "<!-- end \(name) -->", range: start.upperBound..<page.endIndex)
    else { throw ValidationError("\(path) has no lines <!-- \(name) --> and <!-- end \(name) -->") }
    let block = start.upperBound..<end.lowerBound
    let changed = page.replacingCharacters(in: block, with: text(String(page[block])) + "\n")
    try changed.write(toFile: path, atomically: true, encoding: .utf8)
  }
}

/// Runs `work` for each number on several threads and returns what it gave in order of number; after so many minutes for the numbers begun.
func inOrder<Value: Sendable>(
  _ count: Int, threads: Int, minutes: Double? = nil, _ work: @escaping @Sendable (Int) throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: (Int, Value).self) { group in
    var values = [Value?](repeating: nil, count: count)
    var next = 0
    let end = minutes.map { Date(timeIntervalSinceNow: 60 * $0) }
    func start() {
      guard next < count, end.map({ Date() < $0 }) ?? true else { return }
      let number = next
      next += 1
      group.addTask { (number, try work(number)) }
    }
    for _ in 0..<threads { start() }
    while let (number, value) = try await group.next() {
      values[number] = value
      start()
    }
    return values.compactMap(\.self)
  }
}
