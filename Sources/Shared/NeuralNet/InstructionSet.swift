import CNeuralKernels

/// Instruction sets the kernels are compiled for. Results are the same bits on all of them.
package enum InstructionSet: UInt32, Sendable, CaseIterable, Comparable {
  case portable, avx2, avx512

  /// The best that this processor has.
  package static let best = InstructionSet(rawValue: neural_best_path().rawValue) ?? .portable

  package static func < (one: InstructionSet, other: InstructionSet) -> Bool { one.rawValue < other.rawValue }

  /// The loops compiled for this set. Only for sets up to `best`.
  var kernels: neural_kernels {
    precondition(self <= .best, "this processor does not have \(self)")
    return unsafe neural_kernels_of(neural_path(rawValue: rawValue)).pointee
  }
}
