import Digests
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
  /// Name and release of the system's kernel; nil where it says nothing.
  package let kernel: String?
  /// What the machine does not tell of these, and why.
  package let notTold: [Verification.Absence]

  private enum CodingKeys: String, CodingKey {
    case version, extractor, architecture, processor, kernel, notTold
    case programSHA256 = "programSha256"
  }

  /// What each of them is called, on the page and where it is not told.
  enum Name {
    static let program = "SHA-256 of the program"
    static let processor = "Processor"
    static let kernel = "Kernel"
  }

  /// This program on this machine.
  /// - Parameter system: where the kernel tells of processes and of itself.
  package init(toldBy system: URL = URL(fileURLWithPath: "/proc")) {
    version = Release.version
    extractor = Release.extractor
    architecture = Self.architectureName
    var notTold: [Verification.Absence] = []
    func told(_ name: String, _ look: () throws -> String) -> String? {
      do {
        return try look()
      } catch let silence as Silence {
        notTold.append(.init(what: name, why: silence.reason))
      } catch {
        notTold.append(.init(what: name, why: "it cannot be read (\(error.localizedDescription))"))
      }
      return nil
    }
    programSHA256 = told(Name.program) {
      try sha256(ofFileAt: system.appendingPathComponent("self/exe")).hexadecimal
    }
    processor = told(Name.processor) { try Self.processorName(system.appendingPathComponent("cpuinfo")) }
    kernel = told(Name.kernel) {
      try ["ostype", "osrelease"].map { try Self.text(system.appendingPathComponent("sys/kernel/\($0)")) }
        .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.joined(separator: " ")
    }
    self.notTold = notTold
  }

  /// A file that is there and does not say what is sought.
  private struct Silence: Error { let reason: String }

  private static func processorName(_ file: URL) throws -> String {
    let lines = try text(file).split(separator: "\n")
    guard let line = lines.first(where: { $0.hasPrefix("model name") }),
      let name = line.split(separator: ":", maxSplits: 1).dropFirst().first
    else { throw Silence(reason: "the system has no name for it") }
    return name.trimmingCharacters(in: .whitespaces)
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

  /// The beginning of a file of the kernel: those say that they have no bytes, so that what there is is read.
  private static func text(_ file: URL) throws -> String {
    let bytes = try FileHandle(forReadingFrom: file).read(upToCount: 1 << 16)
    return String(decoding: bytes ?? Data(), as: UTF8.self)
  }
}
