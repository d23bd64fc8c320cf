import Foundation
import Subprocess
import TestSupport
import Testing

/// What the programs write of a study names subjects.
@Suite(.timeLimit(.minutes(15))) struct `A file that a program writes` {
  private static let yaml = """
    study: small
    manifest: cohort/manifest.csv
    extraction:
      featureClass: {firstorder: }
    models: [{name: Rad, selection: [mann-whitney: {p: 0.5}]}]
    bootstrap: {replicates: 2, per_task: 2}
    """

  private static let predictions =
    "ID,Site,Outcome,Probability\n"
    + (0..<20).map { "P\($0),S\($0 % 2),\($0 / 10),\(Double($0) / 20)\n" }.joined()

  /// Each as a command line; `OUT` is where it writes.
  private static let writers: [(program: String, arguments: [String])] = [
    ("coordinator", ["report", "1", "-o", "OUT", "--database", "DATABASE"]),
    ("coordinator", ["export", "features", "1", "-o", "OUT.csv", "--database", "DATABASE"]),
    ("coordinator", ["export", "model", "1", "-o", "OUT.json", "--database", "DATABASE"]),
    ("coordinator", ["archive", "1", "-o", "OUT.tar", "--database", "DATABASE"]),
    ("coordinator", ["evaluate", "PREDICTIONS", "-o", "OUT"]),
    (
      "worker",
      ["extract", "MANIFEST", "--param", "PARAMETERS", "-o", "OUT.csv", "--failures", "OUT-failures.csv"]
    ),
  ]

  @Test(arguments: ["> /dev/full", ">&-"])
  func `cannot be standard output where that is full or closed, and says so`(
    _ place: String
  ) async throws {
    try await withTemporaryFolder { folder in
      let predictions = folder.appendingPathComponent("predictions.csv")
      try Data(Self.predictions.utf8).write(to: predictions)
      try CaseOnDisk.sound(seed: 1).write(to: folder)
      let commands = [
        ("coordinator", ["evaluate", predictions.path]),
        ("coordinator", ["evaluate", predictions.path, "--json"]),
        (
          "worker",
          ["extract"] + ["case_image.nrrd", "case_mask.nrrd"].map { folder.appendingPathComponent($0).path }
        ),
      ]
      for (program, arguments) in commands {
        let ended = try await Subprocess.run(
          .name("sh"),
          arguments: Arguments(
            ["-c", "exec \"$0\" \"$@\" \(place)", Programs.folder.appendingPathComponent(program).path]
              + arguments),
          output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
        #expect(
          ended.terminationStatus == .exited(73), Comment(rawValue: "\(arguments): \(ended.standardError)"))
        #expect(ended.standardError.contains("tandard output cannot be written"))
      }
    }
  }

  /// A machine that is half hardened: libcrypto's default context has no digest there.
  @Test func `is written whatever OPENSSL_CONF asks of libcrypto`() async throws {
    try await withTemporaryFolder { folder in
      let configuration = folder.appendingPathComponent("openssl.cnf")
      try Data(
        """
        openssl_conf = conf
        [conf]
        alg_section = algorithms
        [algorithms]
        default_properties = fips=yes

        """.utf8
      ).write(to: configuration)
      try CaseOnDisk.sound(seed: 1).write(to: folder)
      let files = ["case_image.nrrd", "case_mask.nrrd"].map { folder.appendingPathComponent($0).path }
      let ended = try await Programs.run(
        "worker", ["extract"] + files + ["-o", folder.appendingPathComponent("x.csv").path],
        environment: ["OPENSSL_CONF": configuration.path])
      #expect(ended.status == 0, Comment(rawValue: ended.errors))
    }
  }

  /// Runs all writers with a umask, each below a folder of its own there.
  private func write(_ study: OperatedStudy, below folder: String, umask: String) async throws -> [URL] {
    var places: [URL] = []
    let predictions = study.study.folder.appendingPathComponent("predictions.csv")
    try Data(Self.predictions.utf8).write(to: predictions)
    let parameters = study.study.folder.appendingPathComponent("parameters.yaml")
    try Data("featureClass: {firstorder: }\n".utf8).write(to: parameters)
    for (number, writer) in Self.writers.enumerated() {
      let place = URL(fileURLWithPath: folder).appendingPathComponent("\(number)")
      let known = [
        "OUT": place.appendingPathComponent("out").path, "DATABASE": study.database(as: .coordinator),
        "PREDICTIONS": predictions.path, "MANIFEST": study.study.manifest.path, "PARAMETERS": parameters.path,
      ]
      let arguments = writer.arguments.map { given in
        known.reduce(given) {
          $1.key == given || given.hasPrefix("OUT") ? $0.replacing($1.key, with: $1.value) : $0
        }
      }
      // Only a shell can give a program another umask than this process has.
      let shell = "umask \(umask); mkdir -p \"$0\"; exec \"$@\""
      let program = Programs.folder.appendingPathComponent(writer.program).path
      let ended = try await Subprocess.run(
        .name("sh"), arguments: Arguments(["-c", shell, place.path, program] + arguments),
        output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
      #expect(ended.terminationStatus.isSuccess, Comment(rawValue: "\(arguments): \(ended.standardError)"))
      places.append(place)
    }
    return places
  }

  private func permissions(of file: URL) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int)
  }

  @Test(arguments: [("000", 0o640, 0o750), ("077", 0o600, 0o700)])
  func `is not for others on the machine, whatever the umask`(umask: String, file: Int, folder: Int)
    async throws
  {
    try await OperatedStudy.with(yaml: Self.yaml) { study in
      try await study.work()
      let parent = study.study.folder.appendingPathComponent("written")
      for place in try await write(study, below: parent.path, umask: umask) {
        let names = try FileManager.default.subpathsOfDirectory(atPath: place.path)
        #expect(!names.isEmpty)
        for name in names {
          let url = place.appendingPathComponent(name)
          let isFolder = try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true
          let expected = isFolder ? folder : name.hasSuffix(".tar") ? 0o600 : file
          #expect(try permissions(of: url) == expected, "\(name)")
        }
      }
    }
  }

  /// Below `/proc` nobody can make a file, root neither.
  @Test func `where none can be ends the program with 73`() async throws {
    try await OperatedStudy.with(yaml: Self.yaml) { study in
      try await study.work()
      let nowhere = "/proc/nowhere/x"
      for arguments in [
        ["report", "1", "-o", nowhere], ["export", "features", "1", "-o", nowhere],
        ["export", "model", "1", "-o", nowhere], ["archive", "1", "-o", nowhere],
      ] {
        let ended = try await study.run("coordinator", arguments, as: .coordinator, status: 73)
        #expect(ended.errors.contains(nowhere), "\(arguments): \(ended.errors)")
      }
      let predictions = study.study.folder.appendingPathComponent("predictions.csv")
      try Data(Self.predictions.utf8).write(to: predictions)
      for (program, arguments) in [
        ("coordinator", ["evaluate", predictions.path, "-o", nowhere]),
        ("coordinator", ["synthesize", nowhere]),
        ("coordinator", ["local", study.study.file.path, "--data", nowhere]),
        ("worker", ["extract", study.study.manifest.path, "-o", nowhere]),
      ] {
        let ended = try await Programs.run(program, arguments)
        #expect(ended.status == 73, "\(arguments): \(ended.errors)")
      }
    }
  }
}
