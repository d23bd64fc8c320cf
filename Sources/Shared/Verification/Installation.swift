import Foundation
import StudyPlan

/// What is looked at: program and machine. Nothing in it changes from run to run.
package struct Installation: Encodable, Equatable, Sendable {
  package let version: String
  package let extractor: String
  /// Of the program's file, which is the same wherever one package is installed; nil where it cannot be read.
  package let programSHA256: String?
  package let architecture: String
  /// What the system calls the processor; nil where it says nothing.
  package let processor: String?
  /// Name and release of the system's kernel.
  package let kernel: String

  private enum CodingKeys: String, CodingKey {
    case version, extractor, architecture, processor, kernel
    case programSHA256 = "programSha256"
  }

  /// This program on this machine.
  package init() {
    version = Release.version
    extractor = Release.extractor
    programSHA256 = try? sha256(ofFileAt: URL(fileURLWithPath: "/proc/self/exe"))
    architecture = Self.architectureName
    processor = Self.text("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }
      .flatMap { $0.split(separator: ":", maxSplits: 1).last }
      .map { $0.trimmingCharacters(in: .whitespaces) }
    kernel = ["ostype", "osrelease"].compactMap { Self.text("/proc/sys/kernel/\($0)") }
      .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.joined(separator: " ")
  }

  static var architectureName: String {
    #if arch(x86_64)
      "x86_64"
    #elseif arch(arm64)
      "arm64"
    #else
      "another"
    #endif
  }

  /// What it is in one line.
  var line: String {
    ["Trabecula \(version)", extractor, architecture, processor, kernel].compactMap(\.self)
      .joined(separator: ", ")
  }

  /// Files of /proc say that they have no bytes, so that what there is is read.
  private static func text(_ path: String) -> String? {
    guard let handle = FileHandle(forReadingAtPath: path),
      let bytes = try? handle.read(upToCount: 1 << 16)
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
