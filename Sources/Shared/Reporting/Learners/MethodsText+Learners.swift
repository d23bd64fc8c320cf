import Statistics
import StudyPlan

// MARK: Other learners

extension MethodsText {
  /// What was fitted beside the models, with its settings; nothing in a study without other learners.
  var learners: [Sentence] {
    let told = Learner.allCases.filter { learner in
      report.learners?.contains { $0.learner == learner } == true
    }
    guard !told.isEmpty else { return [] }
    let opening: Sentence = """
      For comparison only, \(Sentence.list(told.map(\.settings))) were fitted to the predictors that each model had selected, in \
      the same cases, folds and replicates; their settings were fixed, and nothing was tuned.
      """
    guard told.contains(where: { $0.library == .xgboost }) else { return [opening] }
    return [opening, "Trees read predictors in single precision."]
  }
}

extension Learner {
  /// Name, settings and source, as the methods paragraph has them.
  fileprivate var settings: Sentence {
    let version = "\(library.label) \(library.referenceVersion)"
    switch self {
    case .supportVectorMachine:
      return """
        a support vector machine\(cite: .supportVectors) (\(version)\(cite: .libsvm); radial kernel, cost 1, γ one over the number \
        of predictors)
        """
    case .randomForest:
      return """
        a random forest\(cite: .randomForest) (\(version); 500 trees, each of 63.2 % of the cases, the rounded-down square root of \
        the number of predictors tried at each split)
        """
    case .gradientBoosting:
      return """
        gradient boosting of trees\(cite: .xgboost) (\(version); 100 rounds, learning rate 0.3, depth 6, λ 1)
        """
    }
  }
}

extension Reference {
  package static let supportVectors = Self(
    "Cortes C, Vapnik V. Support-vector networks. Mach Learn 1995;20:273–297.", doi: "10.1007/BF00994018")
  package static let libsvm = Self(
    "Chang CC, Lin CJ. LIBSVM: a library for support vector machines. ACM Trans Intell Syst Technol 2011;2(3):27.",
    doi: "10.1145/1961189.1961199")
  package static let randomForest = Self(
    "Breiman L. Random forests. Mach Learn 2001;45:5–32.", doi: "10.1023/A:1010933404324")
  package static let xgboost = Self(
    "Chen T, Guestrin C. XGBoost: a scalable tree boosting system. Proc ACM SIGKDD Int Conf Knowl Discov Data Min "
      + "2016;785–794.", doi: "10.1145/2939672.2939785")
}
