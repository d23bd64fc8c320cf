import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// What some faults need of the machine.
enum Requirements {
  /// Why this machine does not allow the fault; nil where it does.
  static func missing(for fault: Fault) -> String? {
    switch fault {
    case .clockWrong where !WrongClock.isBuilt:
      "libWrongClock is not built (swift build --product WrongClock)"
    case .diskFull where !SmallDisk.isAllowed: "only root may mount a small file system"
    case .outOfMemory where !FileManager.default.isExecutableFile(atPath: "/usr/bin/prlimit"):
      "prlimit is not installed (apt-get install util-linux)"
    default: nil
    }
  }
}

/// A library that is loaded into a worker and makes its time of day wrong.
enum WrongClock {
  private static let library = ProgramProcess.folder.appendingPathComponent("libWrongClock.so").path
  static var isBuilt: Bool { FileManager.default.fileExists(atPath: library) }

  static func environment(hours: Int) -> [String: String] {
    ["LD_PRELOAD": library, "WRONG_CLOCK_SECONDS": "\(hours * 3600)"]
  }
}

/// A file system of its own, small enough to be filled.
enum SmallDisk {
  /// A cluster takes 40 MB, its log up to four files of 16 MB.
  private static let size = "160m"

  static let isAllowed: Bool = {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "trabecula-disk-\(UUID().uuidString)")
    do {
      try mount(folder)
      try unmount(folder)
      return true
    } catch {
      return false
    }
  }()

  static func with<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("trabecula-disk-\(UUID().uuidString.prefix(8))")
    try mount(folder)
    let result: Result<Value, any Error>
    do { result = .success(try await body(folder)) } catch { result = .failure(error) }
    try unmount(folder)
    return try result.get()
  }

  /// Writes until nothing more goes in.
  static func fill(_ file: URL) throws {
    let descriptor = unsafe open(file.path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    defer { close(descriptor) }
    for size in [1 << 20, 4096] {
      let block = [UInt8](repeating: 1, count: size)
      while unsafe write(descriptor, block, size) == size {}
    }
  }

  private static func mount(_ folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard unsafe Glibc.mount("tmpfs", folder.path, "tmpfs", 0, "size=\(size),mode=755") == 0 else {
      try FileManager.default.removeItem(at: folder)
      throw POSIXError(.init(rawValue: errno) ?? .EPERM)
    }
  }

  private static func unmount(_ folder: URL) throws {
    guard unsafe umount2(folder.path, CInt(MNT_DETACH)) == 0 else {
      throw POSIXError(.init(rawValue: errno) ?? .EBUSY)
    }
    try FileManager.default.removeItem(at: folder)
  }
}
