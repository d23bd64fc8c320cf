import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// `Examples/OtherField` is a package of its own, as a program of another field would be.
@Suite(.timeLimit(.minutes(15))) struct `A program of another field` {
  private func run(_ program: Executable, _ arguments: [String]) async throws -> Programs.Result {
    let outcome = try await Subprocess.run(
      program, arguments: Arguments(arguments),
      environment: .inherit.updating(["TRABECULA_OPTIMISED_KERNELS": nil]),
      output: .string(limit: 1 << 24), error: .string(limit: 1 << 24))
    guard case .exited(let status) = outcome.terminationStatus else {
      throw CocoaError(
        .executableLoad, userInfo: [NSDebugDescriptionErrorKey: "\(outcome.terminationStatus)"])
    }
    return Programs.Result(
      status: status, output: outcome.standardOutput, errors: outcome.standardError)
  }

  @Test func `runs tasks of its own kind on the queue`() async throws {
    try await withTemporaryFolder { folder in
      let example = ReferenceData.repository.appendingPathComponent("Examples/OtherField").path
      let scratch = folder.appendingPathComponent("build").path
      let built = try await run(
        .name("swift"),
        ["build", "--package-path", example, "--scratch-path", scratch, "--disable-index-store"])
      try #require(built.status == 0, Comment(rawValue: built.output + built.errors))
      try await TestDatabase.withFresh { target in
        let counted = try await run(
          .path(FilePath(scratch + "/debug/word-counts")), [target, "one two three", "", "four"])
        #expect(counted.status == 0, Comment(rawValue: counted.errors))
        // An empty text has no count, and fails alone.
        #expect(counted.output == "3\n1\n")
      }
    }
  }
}
