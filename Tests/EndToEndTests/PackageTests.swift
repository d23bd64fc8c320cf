import Foundation
import Subprocess
import SystemPackage
import Testing

/// This package as another package sees it that depends on it.
@Suite struct `The package` {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Runs Swift's package manager, or a program that it built, without the Makefile's variables.
  private func run(
    _ program: Executable, _ arguments: [String], optimisesKernels: Bool = false
  ) async throws -> Programs.Result {
    let outcome = try await Subprocess.run(
      program, arguments: Arguments(arguments),
      environment: .inherit.updating(["TRABECULA_OPTIMISED_KERNELS": optimisesKernels ? "1" : nil]),
      output: .string(limit: 1 << 24), error: .string(limit: 1 << 24))
    guard case .exited(let status) = outcome.terminationStatus else {
      throw CocoaError(
        .executableLoad, userInfo: [NSDebugDescriptionErrorKey: "\(outcome.terminationStatus)"])
    }
    return Programs.Result(
      status: status, output: outcome.standardOutput, errors: outcome.standardError)
  }

  /// The manifest as the package manager reads it.
  private func manifest(optimisesKernels: Bool, scratch: URL) async throws -> String {
    let result = try await run(
      .name("swift"),
      ["package", "--package-path", Self.root.path, "--scratch-path", scratch.path, "dump-package"],
      optimisesKernels: optimisesKernels)
    try #require(result.status == 0, Comment(rawValue: result.errors))
    return result.output
  }

  @Test func `has no unsafe flags but under the Makefile's variable`() async throws {
    try await withTemporaryFolder { folder in
      let optimised = try await manifest(optimisesKernels: true, scratch: folder)
      #expect(optimised.contains("unsafeFlags"))
      let plain = try await manifest(optimisesKernels: false, scratch: folder)
      #expect(!plain.contains("unsafeFlags"))
    }
  }

  @Test func `gives a package of fifteen lines the features of an image`() async throws {
    try await withTemporaryFolder { folder in
      try CaseOnDisk.sound(seed: 1).write(to: folder)
      let files = ["case_image.nrrd", "case_mask.nrrd"].map { folder.appendingPathComponent($0).path }
      let example = Self.root.appendingPathComponent("Examples/Features").path
      let scratch = folder.appendingPathComponent("build").path
      let built = try await run(
        .name("swift"),
        ["build", "--package-path", example, "--scratch-path", scratch, "--disable-index-store"])
      try #require(built.status == 0, Comment(rawValue: built.output + built.errors))
      let printed = try await run(.path(FilePath(scratch + "/debug/features")), files)
      try #require(printed.status == 0, Comment(rawValue: printed.errors))
      let extracted = try await Programs.run("worker", ["extract"] + files)
      try #require(extracted.status == 0, Comment(rawValue: extracted.errors))
      #expect(
        values(printed.output, prefix: "original_") == values(extracted.output, prefix: "Case-1_original_"))
      #expect(values(printed.output, prefix: "original_").count == 107)
    }
  }

  /// Numbers by feature, of lines `PREFIXfeature: number`.
  private func values(_ text: String, prefix: String) -> [String: Double] {
    var values: [String: Double] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix(prefix) {
      let parts = line.dropFirst(prefix.count).split(separator: ":")
      values[String(parts[0])] = Double(parts[1].trimmingCharacters(in: .whitespaces))
    }
    return values
  }
}
