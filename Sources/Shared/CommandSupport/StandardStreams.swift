import Foundation
import Glibc

/// Results go to standard output, everything else to standard error.
package enum StandardStreams {
  /// Keeps the numbers of streams that the caller closed from going to the next file or connection that is opened. What is written
  /// to such a stream fails.
  package static func reserve() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 {
      _ = unsafe open("/dev/null", O_RDONLY)
    }
  }

  /// - Throws: `CommandFailure` (73) where standard output is closed, or its disk full.
  package static func write(_ data: Data) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: data)
    } catch {
      throw CommandFailure(
        ExitStatus.cannotWrite,
        "Standard output cannot be written (\(error.localizedDescription)); check where it goes and the room there."
      )
    }
  }

  package static func print(_ text: String) throws {
    try write(Data((text + "\n").utf8))
  }

  package static func note(_ text: String) {
    show(text + "\n")
  }

  /// Text for people, without an end of line of its own.
  package static func show(_ text: String) {
    // Where standard error cannot be written, nobody is left who could be told.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// A result as JSON: sorted keys, one line.
  package static func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    try print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}
