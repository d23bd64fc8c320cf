import Foundation

/// A number in a file of 8 bytes, which is right at any moment, whatever becomes of the process.
@safe struct ExecutionCount {
  private let number: UnsafeMutablePointer<UInt64>

  /// Opens or creates the file.
  init(at path: String) {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    let length = MemoryLayout<UInt64>.size
    guard descriptor >= 0, ftruncate(descriptor, length) == 0,
      let memory = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      unsafe memory != MAP_FAILED
    else { fatalError("\(path): the count of executions cannot be kept (error \(errno))") }
    close(descriptor)
    unsafe number = memory.bindMemory(to: UInt64.self, capacity: 1)
  }

  func increment() { unsafe number.pointee += 1 }
}
