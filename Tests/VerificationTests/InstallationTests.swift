import Foundation
import Testing

@testable import Verification

@Suite struct `An installation` {
  /// What a kernel tells, in a folder of the test's.
  private func told(_ files: [String: String], _ body: (Installation) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("proc-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (path, text) in files {
      let file = folder.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try body(Installation(toldBy: folder))
  }

  private func page(_ installation: Installation) throws -> String {
    let found = Verification(installation: installation, parts: [], notLookedAt: [], files: [])
    return try VerificationPage(found, date: nil, note: nil).html()
  }

  @Test func `has the digest of the program, and what kernel and processor are called`() throws {
    let files = [
      "self/exe": "abc", "cpuinfo": "processor : 0\nmodel name\t: A processor: fast\n",
      "sys/kernel/ostype": "Linux\n", "sys/kernel/osrelease": "6.1\n",
    ]
    try told(files) { installation in
      // FIPS 180-4's example of "abc".
      let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      #expect(installation.programSHA256 == digest)
      #expect(installation.processor == "A processor: fast" && installation.kernel == "Linux 6.1")
      #expect(installation.notTold.isEmpty)
      let shown = try page(installation)
      #expect(shown.contains(digest))
    }
  }

  @Test func `says on its page and in its lines what it could not learn, and why`() throws {
    try told(["cpuinfo": "processor : 0\nBogoMIPS : 50\n", "sys/kernel/ostype": "Linux\n"]) { installation in
      #expect(
        installation.programSHA256 == nil && installation.processor == nil && installation.kernel == nil)
      #expect(installation.notTold.map(\.what) == ["SHA-256 of the program", "Processor", "Kernel"])
      let shown = try page(installation)
      #expect(shown.contains("not known: it cannot be read ("))
      #expect(shown.contains("not known: the system has no name for it"))
      let found = Verification(installation: installation, parts: [], notLookedAt: [], files: [])
      #expect(found.lines.contains("Not told by this machine:"))
      #expect(found.lines.contains { $0.hasPrefix("  SHA-256 of the program: it cannot be read") })
    }
  }

  @Test func `of this program has a digest`() {
    #expect(Installation().programSHA256?.count == 64)
  }
}
