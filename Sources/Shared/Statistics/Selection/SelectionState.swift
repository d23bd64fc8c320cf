import LinearAlgebra

/// Where a selection stands: the standardised features that are left, and what the steps so far have learnt.
struct SelectionState {
  let sample: TrainingSample
  let address: RandomAddress
  private(set) var features: [StandardizedFeature]
  /// In the model whatever the steps choose.
  private let forced: [StandardizedFeature]
  private(set) var steps: [FittedModel.Step] = []
  private(set) var warnings: [FittedModel.Warning] = []
  /// p-values of the features left, from the last univariate step.
  private(set) var p: [Double]?
  /// λ, coefficients on z-scores of the features left, and intercept, of the last LASSO step.
  var lasso: (lambda: Double, coefficients: [Double], intercept: Double)?
  /// How that step came to its λ.
  var trace: LassoTrace?

  /// Starts with the features that the plan names and that can be standardised.
  /// - Parameter added: clinical columns and scores, which stand behind the table's own features.
  init(_ plan: ModelPlan, sample: TrainingSample, added: AddedColumns? = nil, address: RandomAddress) {
    (self.sample, self.address) = (sample, address)
    var (usable, notFinite, constant, imputed) = ([StandardizedFeature](), 0, 0, 0)
    let own = added?.featureCount ?? sample.table.featureCount
    let chosen = (0..<own).filter { plan.features.includes(sample.table.featureNames[$0]) }
    var kept: [StandardizedFeature] = []
    for index in chosen + (added?.selectable ?? []) + (added?.forced ?? []) {
      do throws(TrainingSample.Unusable) {
        let feature = try sample.standardized(index, missing: plan.missing, fill: added?.fills[index])
        imputed += feature.imputed
        if added?.forced.contains(index) == true { kept.append(feature) } else { usable.append(feature) }
      } catch {
        switch error {
        case .notFinite: notFinite += 1
        case .constant: constant += 1
        }
      }
    }
    features = usable
    forced = kept
    if notFinite > 0 { warnings.append(.droppedNotFinite(features: notFinite)) }
    if constant > 0 { warnings.append(.droppedConstant(features: constant)) }
    if imputed > 0 { warnings.append(.imputed(values: imputed)) }
    steps.append(FittedModel.Step(name: "usable", remaining: usable.count))
  }

  /// Applies a step, unless nothing is left, and notes how many features remain.
  /// - Throws: what the step's rule throws.
  mutating func apply(_ step: SelectionStep) throws(StatisticsError) {
    if !features.isEmpty { try step.rule.apply(to: &self) }
    note(step.name)
  }

  /// Notes how many features a step left.
  mutating func note(_ step: String) {
    steps.append(FittedModel.Step(name: step, remaining: features.count))
  }

  /// Puts what is in the model whatever the steps choose behind what they chose.
  mutating func addForced() {
    guard !forced.isEmpty else { return }
    features += forced
    p = nil
    if let scores = lasso {
      lasso = (scores.lambda, scores.coefficients + forced.map { _ in 0 }, scores.intercept)
    }
    steps.append(FittedModel.Step(name: "forced in", remaining: features.count))
  }

  /// Keeps some of the features left, in their order.
  /// - Parameter chosen: places among the features left.
  mutating func keep(_ chosen: [Int]) {
    features = chosen.map { features[$0] }
    p = p.map { values in chosen.map { values[$0] } }
    if let scores = lasso {
      lasso = (scores.lambda, chosen.map { scores.coefficients[$0] }, scores.intercept)
    }
  }

  /// Keeps the features that meet a condition.
  mutating func keep(where isKept: (StandardizedFeature) -> Bool) {
    keep(features.indices.filter { isKept(features[$0]) })
  }

  /// Notes the p-values of a univariate test, and keeps the features whose p, adjusted, is below the bound.
  mutating func screen(_ values: [Double], below maximum: Double, adjustment: SelectionStep.Adjustment) {
    p = values
    let adjusted = adjustment == .none ? values : MultipleTesting.benjaminiHochberg(values)
    keep(adjusted.indices.filter { adjusted[$0] < maximum })
  }

  /// Notes what a reader of the model should know.
  mutating func warn(_ warning: FittedModel.Warning) { warnings.append(warning) }
}
