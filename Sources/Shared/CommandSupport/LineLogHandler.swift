import ArgumentParser
import Foundation
import Logging

/// How a line of a log is written.
package enum LogFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// `time=… level=info program=worker msg="task 7 extract: ok"`
  case logfmt
  /// The same as one JSON object.
  case json
}

/// Writes each message as one line on standard error: time (UTC), level, program, message, then metadata by name.
package struct LineLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel = Logger.Level.info
  private let label: String
  private let format: LogFormat
  private let write: @Sendable (String) -> Void

  package init(
    label: String, format: LogFormat,
    write: @escaping @Sendable (String) -> Void = { StandardStreams.note($0) }
  ) {
    self.label = label
    self.format = format
    self.write = write
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let values = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
    let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(.now)
    let fields =
      [("time", time), ("level", event.level.rawValue), ("program", label), ("msg", "\(event.message)")]
      + values.map { ($0.key, "\($0.value)") }
    write(format.line(fields))
  }
}

extension LogFormat {
  /// - Parameter fields: name and text, in order; a name may hold any text too.
  package func line(_ fields: [(String, String)]) -> String {
    switch self {
    case .logfmt:
      fields.map { "\(Self.name($0))=\(Self.value($1))" }.joined(separator: " ")
    case .json:
      "{" + fields.map { "\(Self.quoted($0)):\(Self.quoted($1))" }.joined(separator: ",") + "}"
    }
  }

  /// Names have no space, quote or `=`.
  private static func name(_ text: String) -> String {
    String(text.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." ? $0 : "_" })
  }

  /// Quoted where it is more than a word.
  private static func value(_ text: String) -> String {
    let isWord =
      !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || $0.properties.numericType != nil
          || "-_.:/@+#,".unicodeScalars.contains($0)
      }
    return isWord ? text : quoted(text)
  }

  /// As JSON quotes: whatever a message holds, it stays on its line.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20 || 0x7f...0x9f ~= scalar.value || 0x2028...0x2029 ~= scalar.value:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
