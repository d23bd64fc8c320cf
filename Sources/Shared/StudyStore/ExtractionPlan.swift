import StudyPlan

/// Which tasks extract a study's cases, and which features are there already.
struct ExtractionPlan {
  struct Task: Equatable {
    /// Place of the case in the order of submission.
    var index: Int
    var sources: [FeatureSource]
    /// What its worker must have beyond the extractor.
    var needs: [TaskNeed] = []
  }

  /// Those that need nothing first, then those that need the network's weights, each in the order of the cases.
  let tasks: [Task]
  /// Stored features that cases use, by the place of the case.
  let reused: [(index: Int, key: [UInt8])]

  /// - Parameters:
  ///   - keys: of each case by source; none where its files were not seen.
  ///   - stored: keys of features that need not be computed.
  init(_ study: Study, keys: [[FeatureSource: [UInt8]]], stored: Set<[UInt8]>) {
    let weights = study.deep?.weights.need.map { [$0] } ?? []
    var tasks: [Task] = []
    var reused: [(index: Int, key: [UInt8])] = []
    for (index, keys) in keys.enumerated() {
      var missing: [FeatureSource] = []
      for source in study.sources {
        if let key = keys[source], stored.contains(key) {
          reused.append((index, key))
        } else {
          missing.append(source)
        }
      }
      let parts = study.deep?.task == .own ? missing.map { [$0] } : missing.isEmpty ? [] : [missing]
      tasks += parts.map { Task(index: index, sources: $0, needs: $0.contains(.deep) ? weights : []) }
    }
    self.tasks =
      tasks.filter { !$0.sources.contains(.deep) } + tasks.filter { $0.sources.contains(.deep) }
    self.reused = reused
  }
}
