import StudyPlan

/// Which tasks extract a study's cases, and which features are there already.
struct ExtractionPlan {
  struct Task: Equatable {
    /// Place of the case in the order of submission.
    var index: Int
    var kind: TaskKind
    var sources: [FeatureSource]
  }

  /// Those of kind `extract` first, then those of kind `deep`, each in the order of the cases.
  let tasks: [Task]
  /// Stored features that cases use, by the place of the case.
  let reused: [(index: Int, key: [UInt8])]

  /// - Parameters:
  ///   - keys: of each case by source; none where its files were not seen.
  ///   - stored: keys of features that need not be computed.
  init(_ study: Study, keys: [[FeatureSource: [UInt8]]], stored: Set<[UInt8]>) {
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
      tasks += parts.map { Task(index: index, kind: $0.contains(.deep) ? .deep : .extract, sources: $0) }
    }
    self.tasks = tasks.filter { $0.kind == .extract } + tasks.filter { $0.kind == .deep }
    self.reused = reused
  }
}
