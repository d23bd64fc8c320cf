import Foundation

/// Results go to standard output, everything else to standard error.
package enum StandardStreams {
  package static func print(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
  }

  package static func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// A result as JSON: sorted keys, one line.
  package static func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}
