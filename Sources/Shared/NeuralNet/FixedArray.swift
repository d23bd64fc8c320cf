import CNeuralKernels
import Glibc

/// Memory of fixed size on a cache line boundary, zero at first, that kernels read and write through pointers.
///
/// Sendable by agreement: weights and offsets are written before they are shared and never after; work buffers
/// belong to one call at a time.
@safe final class FixedArray<Element: BitwiseCopyable>: @unchecked Sendable {
  let start: UnsafeMutablePointer<Element>
  let count: Int

  init(count: Int) throws(NeuralNetError) {
    guard let memory = unsafe neural_allocate(count * MemoryLayout<Element>.stride) else {
      throw NeuralNetError(
        .outOfMemory,
        "no memory for \(count * MemoryLayout<Element>.stride) bytes of the network; run fewer slots on this machine"
      )
    }
    unsafe start = memory.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  convenience init(_ elements: [Element]) throws(NeuralNetError) {
    try self.init(count: elements.count)
    for (i, element) in elements.enumerated() { unsafe start[i] = element }
  }

  deinit { unsafe free(start) }
}
