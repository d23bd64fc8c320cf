import CLearners
import LinearAlgebra

/// A library that fits learners, loaded where it is needed. Programs start without it.
public enum LearnerLibrary: String, Codable, Sendable, CaseIterable {
  case libsvm, xgboost

  /// As its authors write it.
  public var label: String { self == .libsvm ? "libsvm" : "XGBoost" }

  /// The version whose bits results have, as of Debian 12.
  public var referenceVersion: String { self == .libsvm ? "3.24" : "1.7.4" }

  /// Its package in Debian 12.
  public var package: String { self == .libsvm ? "libsvm3" : "libxgboost0" }

  /// Version of the library on this machine; `nil` where it cannot be loaded.
  public var version: String? {
    switch self {
    case .libsvm:
      let found = Int(learner_svm_version())
      return found == 0 ? nil : "\(found / 100).\(found % 100)"
    case .xgboost:
      let found = Int(learner_trees_version())
      return found == 0 ? nil : "\(found / 10_000).\(found / 100 % 100).\(found % 100)"
    }
  }

  /// Why learners of it cannot be fitted here: it is not installed, or gives other bits than results have that other machines
  /// compute. `nil` where they can. The first call fits to a small table, some milliseconds.
  public var lack: String? {
    switch self {
    case .libsvm: Self.libsvmLack
    case .xgboost: Self.xgboostLack
    }
  }

  private static let libsvmLack = LearnerLibrary.libsvm.findLack()
  private static let xgboostLack = LearnerLibrary.xgboost.findLack()

  private func findLack() -> String? {
    guard let version else {
      return "\(label) cannot be loaded on this machine; install it (Debian 12: apt-get install \(package))"
    }
    let differing = learners.filter { $0.bits() != $0.knownBits }
    guard !differing.isEmpty else { return nil }
    return
      "\(label) \(version) of this machine gives other bits than version \(referenceVersion) of Debian 12, whose results are "
      + "expected"
  }

  /// What it fits.
  public var learners: [Learner] { Learner.allCases.filter { $0.library == self } }
}

extension Learner {
  /// Digest of the scores that the learner gives 40 made-up rows after fitting to 80.
  package func bits() -> UInt64? {
    let columns = 7
    func rows(_ count: Int, stratum: Int) -> LearnerRows {
      var stream = RandomStream(seed: 16, purpose: .synthesis, replicate: 6, stratum: stratum)
      // Numbers that are exact in single precision.
      let values = (0..<count * columns).map { _ in Double(stream.next() >> 44) / 131_072 - 4 }
      return LearnerRows(count: count, columns: columns, values: values)
    }
    let (training, others) = (rows(80, stratum: 0), rows(40, stratum: 1))
    let positives = (0..<training.count).map { row in
      let first = training.values[row * columns]
      return first * training.values[row * columns + 1] > first - training.values[row * columns + 2]
    }
    let found = scores(
      fittedTo: training, positives: positives, of: others, address: RandomAddress(seed: 16, replicate: 6))
    guard let found else { return nil }
    // Fowler, Noll and Vo's digest, FNV-1a of 64 bits.
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    for score in found {
      for byte in 0..<8 {
        digest ^= (score.bitPattern >> UInt64(8 * byte)) & 0xff
        digest &*= 0x100_0000_01b3
      }
    }
    return digest
  }

  /// The same by the version that the library is compared with, on x86-64 with and without FMA and AVX.
  fileprivate var knownBits: UInt64 {
    switch self {
    case .supportVectorMachine: 0x235c_abee_7060_8f73
    case .randomForest: 0xc85e_165b_bce3_c6fd
    case .gradientBoosting: 0xafad_fac4_4cf1_d145
    }
  }
}
