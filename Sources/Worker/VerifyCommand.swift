import ArgumentParser
import CommandSupport
import Digests
import Foundation
import Glibc
import Reporting
import Verification

/// `worker verify`: whether this program on this machine gives the values that it has to.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Compare what this installation computes with the reference values of IBSI and with known bits.",
    discussion: """
      Without --ibsi it looks at what the program carries: the digital phantom of IBSI-1, and images of its own whose features' \
      bits are known. --ibsi FOLDER adds the CT phantom of IBSI-1 (configurations A to E), and the response maps and features of \
      IBSI-2. What the folder lacks is named, and is not looked at. Documentation/verify.md has the rest.

      Exit codes: 0 all that was looked at is met; 1 something is not; 64 usage; 65 the folder or a table of it is wrong; \
      73 cannot write.
      """)

  @Option(
    help: ArgumentHelp(
      "The initiative's data: a folder that holds ibsi, ibsi_ct and ibsi2, or some of them.",
      valueName: "folder"))
  var ibsi: String?
  @Option(
    name: [.customShort("o"), .customLong("out")],
    help: ArgumentHelp(
      "A page with all values goes here; its SHA-256 is printed.",
      discussion: "It has no date, so that the same installation gives the same digest again.",
      valueName: "file.html"))
  var out: String?
  @Flag(help: "Date and time (UTC) on the page.") var dated = false
  @Option(
    help: ArgumentHelp(
      "What the page says besides, as which machine it is and who looked.", valueName: "text"))
  var note: String?
  @Option(name: .customShort("j"), help: "Extractions at a time.") var jobs = 1
  @Flag(help: "The result as JSON.") var json = false
  @Option(
    help: ArgumentHelp(
      "Write the digests of this machine's bits here, in place of what the program carries.",
      visibility: .hidden))
  var recordKnownBits: String?

  func validate() throws {
    guard 1...10_000 ~= jobs else { throw ValidationError("-j must be from 1 to 10000.") }
    guard out != nil || !dated && note == nil else { throw ValidationError("--dated and --note need --out.") }
    guard (note?.utf8.count ?? 0) <= 10_000 else {
      throw ValidationError("--note is longer than 10000 bytes.")
    }
  }

  func run() async throws {
    if let out { try requireFolder(of: URL(fileURLWithPath: out)) }
    let found: Verification
    do {
      let run = VerificationRun(
        folder: ibsi.map { URL(fileURLWithPath: $0) }, onlyBits: recordKnownBits != nil, atATime: jobs)
      found = try await run.verification(told: Self.tell)
    } catch let error as VerificationError {
      throw CommandFailure(
        error.code == .unwritable ? ExitStatus.cannotWrite : ExitStatus.badData, error.message)
    }
    if let recordKnownBits {
      return try write(Data(found.knownBitsTable.utf8), to: URL(fileURLWithPath: recordKnownBits))
    }
    let digest = try out.map { try writePage(of: found, to: URL(fileURLWithPath: $0)) }
    if json {
      try StandardStreams.printJSON(Result(verification: found, pageSHA256: digest))
    } else {
      for line in found.lines { try StandardStreams.print(line) }
      if let out, let digest { try StandardStreams.print("\(out): SHA-256 \(digest)") }
    }
    if !found.passed { throw ExitStatus.someCasesFailed }
  }

  /// Minutes of computation are not to end at a folder that is not there, or that stands in the place of the page.
  private func requireFolder(of file: URL) throws {
    let folder = file.deletingLastPathComponent()
    guard !isFolder(file) else {
      throw CommandFailure(
        ExitStatus.cannotWrite, "--out: \(file.path) is a folder; give the path of a file, as page.html.")
    }
    guard !isFolder(folder) || !FileManager.default.isWritableFile(atPath: folder.path) else { return }
    throw CommandFailure(
      ExitStatus.cannotWrite,
      "--out: \(folder.path) is no folder that can be written to; make it, or check its rights.")
  }

  private func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// Returns the digest of the page.
  private func writePage(of found: Verification, to file: URL) throws -> String {
    let date = dated ? Date().formatted(.iso8601) : nil
    let page = Data(try VerificationPage(found, date: date, note: note).html().utf8)
    try write(page, to: file)
    return sha256(of: page).hexadecimal
  }

  private func write(_ data: Data, to file: URL) throws {
    do {
      try AtomicFile.write(data, to: file)
    } catch let error as ReportError {
      throw CommandFailure(ExitStatus.cannotWrite, error.message)
    }
  }

  /// How far it is, where somebody looks.
  private static func tell(_ progress: VerificationRun.Progress) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    let end = progress.ended == progress.all ? "\r\u{1B}[K" : ""
    StandardStreams.show("\r\(progress.ended) of \(progress.all): \(progress.title)\u{1B}[K\(end)")
  }

  /// All that was found, and the digest of the page.
  private struct Result: Encodable {
    let verification: Verification
    let pageSHA256: String?

    private enum CodingKeys: String, CodingKey { case pageSHA256 = "pageSha256" }

    func encode(to encoder: any Encoder) throws {
      try verification.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(pageSHA256, forKey: .pageSHA256)
    }
  }
}
