import Foundation

/// `fuzz` names the subjects; `fuzz SUBJECT FOLDER [OPTION of libFuzzer]…` fuzzes one; `fuzz SUBJECT FOLDER FILE…` reads files
/// once each, as a finding.
///
/// In the folder: `seeds` and `dictionary`, written anew; `corpus`, which grows; `findings`; `executions`, a count of 8 bytes
/// that grows with every input that was read, also by a process that died.
enum Fuzz {
  /// What libFuzzer is to be given in place of the arguments of the program.
  static func arguments(for arguments: [String]) throws -> [String] {
    guard arguments.count > 2 else {
      for subject in FuzzSubject.all { print(subject.name) }
      exit(0)
    }
    guard let subject = FuzzSubject.all.first(where: { $0.name == arguments[1] }) else {
      fatalError("no subject is called \(arguments[1]); `fuzz` alone lists them")
    }
    let folder = URL(fileURLWithPath: arguments[2])
    try write(subject, to: folder)
    let rest = Array(arguments.dropFirst(3))
    let isReplay = rest.contains { !$0.hasPrefix("-") }
    let added =
      isReplay
      ? []
      : ["corpus", "seeds"].map { folder.appendingPathComponent($0).path } + [
        "-dict=\(folder.appendingPathComponent("dictionary").path)",
        "-artifact_prefix=\(folder.appendingPathComponent("findings").path)/",
      ]
    unsafe current = subject
    if !isReplay { unsafe executions = ExecutionCount(at: folder.appendingPathComponent("executions").path) }
    return [arguments[0]] + rest + added
  }

  private static func write(_ subject: FuzzSubject, to folder: URL) throws {
    let seeds = folder.appendingPathComponent("seeds")
    for part in ["corpus", "findings", "seeds"] {
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent(part), withIntermediateDirectories: true)
    }
    for (number, seed) in subject.seeds.enumerated() {
      try Data(seed).write(to: seeds.appendingPathComponent("seed-\(number)"))
    }
    // libFuzzer refuses a dictionary that is empty.
    let words = "# words of \(subject.name)\n" + subject.words.map { "\"\($0)\"\n" }.joined()
    try Data(words.utf8).write(to: folder.appendingPathComponent("dictionary"))
  }
}

/// Set once, before the first input; libFuzzer calls from this one thread.
nonisolated(unsafe) private var current: FuzzSubject?
nonisolated(unsafe) private var executions: ExecutionCount?

/// What libFuzzer's `main` calls before it reads its arguments.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
  let texts: [String]
  do {
    texts = try Fuzz.arguments(for: CommandLine.arguments)
  } catch {
    fatalError("the folder cannot be written: \(error)")
  }
  // Kept for the life of the process, as those of `main` are.
  let copies = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
  for (index, text) in texts.enumerated() { unsafe copies[index] = strdup(text) }
  unsafe copies[texts.count] = nil
  unsafe arguments.pointee = copies
  unsafe count.pointee = CInt(texts.count)
  return 0
}

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  unsafe executions?.increment()
  do {
    try unsafe current?.read(bytes)
  } catch {
    // Told as users are: the text of an error is made of the file's numbers, too.
    _ = "\(error)"
  }
  return 0
}
