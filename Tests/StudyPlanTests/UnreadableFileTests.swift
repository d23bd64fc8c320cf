import DelimitedText
import Foundation
import StudyPlan
import Testing

@Suite struct `A file that cannot be read` {
  private static let readers: [@Sendable (URL) throws -> Void] = [
    { _ = try readText(of: $0, as: "The study file \($0.path)") },
    { _ = try DelimitedTable(at: $0, what: "manifest") },
    { _ = try ReaderMarks(at: $0) },
  ]

  @Test(arguments: 0..<3) func `is a folder, says the sentence, and what to give`(reader: Int)
    throws
  {
    let error = try #require(throws: StudyError.self) {
      try Self.readers[reader](FileManager.default.temporaryDirectory)
    }
    #expect(error.code == .unreadable)
    #expect(
      error.message.hasSuffix("cannot be read: it is a folder. Give the path of a file."), "\(error.message)")
  }

  @Test(arguments: 0..<3) func `is not there, says the sentence, and what to look at`(reader: Int)
    throws
  {
    let absent = FileManager.default.temporaryDirectory.appendingPathComponent("absent-\(UUID().uuidString)")
    let error = try #require(throws: StudyError.self) { try Self.readers[reader](absent) }
    #expect(
      error.code == .unreadable
        && error.message.hasSuffix("cannot be read: there is no such file. Check the path and its rights."),
      "\(error.message)")
  }
}
