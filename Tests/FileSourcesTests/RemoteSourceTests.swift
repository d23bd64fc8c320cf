import Cancellation
import FileSources
import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.enabled(if: TestRemote.rclone != nil, "rclone is not installed"), .timeLimit(.minutes(15)))
struct `A remote` {
  @Test func `gives files under their paths, whatever their names`() async throws {
    let names = [
      "a b/x #1%20.nii", "-dash", "--config=x", "é/ü:colon", "[a]{b}*?", " lead and trail ", "a\\b",
      "deep/er/still/x",
    ]
    try await TestRemote.with { remote in
      for name in names { try remote.write("text of \(name)", to: name) }
      let texts = try await remote.source().texts(of: names + ["absent"])
      #expect(texts == Dictionary(uniqueKeysWithValues: names.map { ($0, "text of \($0)") }))
    }
  }

  @Test func `is asked for a file once, until it is another one`() async throws {
    try await TestRemote.with { remote in
      try remote.write("one", to: "a")
      let source = try remote.source()
      for _ in 0..<3 { #expect(try await source.texts(of: ["a"]) == ["a": "one"]) }
      #expect(try remote.asked().count { $0 == "copy" } == 1)
      try remote.write("other", to: "a")
      #expect(try await source.texts(of: ["a"]) == ["a": "other"])
      #expect(try remote.asked().count { $0 == "copy" } == 2)
    }
  }

  @Test func `gives a file to two processes at a time, and is asked for it once`() async throws {
    try await TestRemote.with { remote in
      try remote.write("shared", to: "a")
      // Caches of one folder know nothing of each other, as in two processes.
      let sources = [try remote.source(), try remote.source(), try remote.source()]
      try await withThrowingTaskGroup(of: [String: String].self) { group in
        for source in sources { group.addTask { try await source.texts(of: ["a"]) } }
        for try await texts in group { #expect(texts == ["a": "shared"]) }
      }
      #expect(try remote.asked().count { $0 == "copy" } == 1)
    }
  }

  @Test func `gives what a file names, too`() async throws {
    try await TestRemote.with { remote in
      try remote.write("data.raw", to: "a/header.nhdr")
      try remote.write("voxels", to: "a/data.raw")
      let texts = try await remote.source().texts(
        of: ["a/header.nhdr"], companion: { try? String(contentsOf: $0, encoding: .utf8) },
        also: ["a/data.raw"])
      #expect(texts == ["a/header.nhdr": "data.raw", "a/data.raw": "voxels"])
      await #expect(throws: FileSourceError.self) {
        try await remote.source().texts(of: ["a/header.nhdr"], companion: { _ in "../../outside" })
      }
    }
  }

  @Test(arguments: ["../a", "/etc/hostname", "a/../../b", "", "."])
  func `gives no file that is not below it`(path: String) async throws {
    try await TestRemote.with { remote in
      let error = await #expect(throws: FileSourceError.self) { try await remote.source().texts(of: [path]) }
      #expect(error?.code == .outside)
      let isThere = try await remote.source().hasAny(of: [path], on: .unlimited)
      #expect(!isThere)
    }
  }

  @Test(arguments: ["series", "a/b [1]/c{d}", " x*?", "é\\f"])
  func `gives all of a folder, and nothing of what lies beside it`(folder: String)
    async throws
  {
    try await TestRemote.with { remote in
      for name in ["1.dcm", "IM 2", "deep/[3]"] { try remote.write("of \(name)", to: "\(folder)/\(name)") }
      for other in ["\(folder)s/5", "beside"] { try remote.write("other", to: other) }
      let source = try remote.source()
      let found = try await source.withFiles([folder, "beside"], on: .unlimited, companion: { _ in nil }) {
        try FileManager.default.subpathsOfDirectory(atPath: $0.appendingPathComponent(folder).path).sorted()
      }
      #expect(found == ["1.dcm", "IM 2", "deep", "deep/[3]"])
      #expect(try await source.hasAny(of: ["absent", folder], on: .unlimited))
      #expect(try await !source.hasAny(of: ["absent", "\(folder)/absent"], on: .unlimited))
    }
  }

  @Test func `is asked again for that file of a folder alone that is another one`() async throws {
    try await TestRemote.with { remote in
      for name in ["1", "2", "3"] { try remote.write("slice \(name)", to: "s/\(name)") }
      let source = try remote.source()
      func texts() async throws -> [String] {
        try await source.withFiles(["s"], on: .unlimited, companion: { _ in nil }) { root in
          ["1", "2", "3"].compactMap {
            try? String(contentsOf: root.appendingPathComponent("s/\($0)"), encoding: .utf8)
          }
        }
      }
      #expect(try await texts() == ["slice 1", "slice 2", "slice 3"])
      #expect(try await texts() == ["slice 1", "slice 2", "slice 3"])
      #expect(try remote.asked().count { $0 == "copy" } == 1)
      let stored = try remote.stored().count
      try remote.write("another slice", to: "s/2")
      #expect(try await texts() == ["slice 1", "another slice", "slice 3"])
      #expect(try remote.asked().count { $0 == "copy" } == 2)
      #expect(try remote.stored().count == stored + 1)
    }
  }

  @Test func `takes no name with a line break`() async throws {
    try await TestRemote.with { remote in
      let error = await #expect(throws: FileSourceError.self) {
        try await remote.source().texts(of: ["a\nb"])
      }
      #expect(error?.code == .unusableName)
    }
  }

  @Test func `says whether it has one of some files`() async throws {
    try await TestRemote.with { remote in
      try remote.write("x", to: "b")
      #expect(try await remote.source().hasAny(of: ["a", "b"], on: .unlimited))
      #expect(try await !remote.source().hasAny(of: ["a"], on: .unlimited))
    }
  }

  @Test func `whose file changes each time that it is read is a passing fault, told as such`() async throws {
    // Longer after each copy, behind rclone's back.
    let script = """
      if [ "$1" = copy ]; then '\(TestRemote.rclone ?? "")' "$@"; status=$?; echo more >> 'FILES/a'; exit $status; fi
      """
    try await TestRemote.with(script: script) { remote in
      try remote.write("begun", to: "a")
      let error = await #expect(throws: FileSourceError.self) { try await remote.source().texts(of: ["a"]) }
      #expect(error?.code == .keepsChanging && error?.isOfMachine == true)
      #expect(try remote.stored().isEmpty)
    }
  }

  @Test func `whose rclone hangs is given up when the time is over, and rclone is ended`() async throws {
    try await TestRemote.with(script: "exec sleep 1000") { remote in
      // Where the time is over before rclone has begun, it gets more.
      var (limit, process) = (Duration.milliseconds(300), Int32?.none)
      while process == nil {
        let computation = Computation(limit: limit, grace: .zero, onStuck: {})
        await #expect(throws: OverTime.self) { try await remote.source().texts(of: ["a"], on: computation) }
        process = try? remote.lastProcess()
        limit *= 4
      }
      let begun = try #require(process)
      #expect(kill(begun, 0) != 0 && errno == ESRCH)
    }
  }

  @Test(arguments: [
    ("nowhere:", FileSourceError.Code.unknownRemote), ("test:absent", .noContainer), ("away:", .unreachable),
  ])
  func `that cannot be asked says why`(name: String, code: FileSourceError.Code) async throws {
    try await TestRemote.with { remote in
      let error = await #expect(throws: FileSourceError.self) {
        try await remote.source(name: name).hasAny(of: ["a"], on: .unlimited)
      }
      #expect(error?.code == code, "\(String(describing: error))")
      #expect(error?.isOfMachine == true)
    }
  }

  /// Digests tell whether a file is another one. An answer that nobody understands is no answer that there are none.
  @Test(arguments: ["backend", "lsjson"])
  func `of which rclone tells what cannot be read is not used`(question: String) async throws {
    let script = "if [ \"$1\" = \(question) ]; then echo 'NOTICE: {}'; exit 0; fi"
    try await TestRemote.with(script: script) { remote in
      try remote.write("x", to: "a")
      let error = await #expect(throws: FileSourceError.self) { try await remote.source().texts(of: ["a"]) }
      #expect(error?.code == .other && error?.isOfMachine == true)
      #expect(error?.description.contains("rclone 1.60") == true)
      #expect(try remote.stored().isEmpty)
    }
  }

  /// Sizes are added up.
  @Test(arguments: [
    ("-1", FileSourceError.Code.other), ("4294967297", .tooLarge), ("9223372036854775807", .tooLarge),
  ])
  func `that tells a size that no file has is not used`(size: String, code: FileSourceError.Code) async throws
  {
    let entries = ["a", "b"].map { #"{"Path":"\#($0)","Size":\#(size),"ModTime":"2026-01-01T00:00:00Z"}"# }
    let script = "if [ \"$1\" = lsjson ]; then echo '[\(entries.joined(separator: ","))]'; exit 0; fi"
    try await TestRemote.with(script: script) { remote in
      let error = await #expect(throws: FileSourceError.self) {
        try await remote.source().texts(of: ["a", "b"])
      }
      #expect(error?.code == code, "\(String(describing: error))")
      let stored = try remote.stored()
      #expect(stored.isEmpty)
    }
  }

  /// As rclone says it where it finds a full disk while it writes, and where it asks before.
  @Test(arguments: ["no space left on device", "preallocate: file too big for remaining disk space"])
  func `whose files find no room on the disk of the cache says that`(words: String) async throws {
    let script = "if [ \"$1\" = copy ]; then echo 'Failed to copy: \(words)' >&2; exit 1; fi"
    try await TestRemote.with(script: script) { remote in
      try remote.write("x", to: "a")
      let error = await #expect(throws: FileSourceError.self) { try await remote.source().texts(of: ["a"]) }
      #expect(
        error?.code == .cacheUnusable
          && error?.description.contains("disk of the cache folder is full") == true)
      #expect(try remote.stored().isEmpty)
    }
  }

  @Test func `needs rclone, and says how it is had`() async throws {
    try await TestRemote.with { remote in
      let error = await #expect(throws: FileSourceError.self) {
        try await remote.source(path: remote.files.path).requireProgram()
      }
      #expect(error?.code == .notInstalled)
      #expect(error?.description.contains("apt-get install rclone") == true)
    }
  }
}
