import Statistics
import StudyPlan
import WorkerCore

extension TaskNeed {
  /// Whether this machine has a library that replicates and reports need, and fits with the bits of other machines.
  static func canOffer(library need: String, with tools: TaskTools) async throws(TaskError) -> OfferAnswer {
    guard case .library(let library)? = TaskNeed(text: need) else { return .isUnknown }
    guard let lack = try await tools.look({ _ in library.lack }) else {
      return .no(because: "\(library.label) did not load in time")
    }
    return lack.map { OfferAnswer.no(because: $0) } ?? .yes
  }
}
