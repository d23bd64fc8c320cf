import DelimitedText
import ImageFilters
import Modelling
import NeuralNet
import Statistics
import StudyPlan

extension StudyReport {
  /// How far features stay as they are when images and regions of the training part are perturbed.
  package struct Robustness: Codable, Equatable, Sendable {
    package struct Perturbation: Codable, Equatable, Sendable {
      /// In voxels.
      package var translation: Double
      /// In degrees.
      package var rotation: Double
      /// As a fraction.
      package var volume: Double
      /// Which realisation of noise was added, from 1 on; absent for none.
      package var noise: Int?
      /// Which contour was drawn anew, likewise.
      package var contour: Int?
      /// Training cases that have no features of it.
      package var missing: Int
    }

    package struct Feature: Codable, Equatable, Sendable {
      package var name: String
      @FiniteOrNull package var icc: Double?
      @FiniteOrNull package var lower: Double?
      @FiniteOrNull package var upper: Double?
      /// Whether the threshold is reached.
      package var isRobust: Bool

      private enum CodingKeys: String, CodingKey {
        case name, icc, lower, upper
        case isRobust = "robust"
      }
    }

    package var perturbations: [Perturbation]
    /// Training cases with features of all perturbations, of which the ICC is.
    package var cases: Int
    /// Training cases without.
    package var leftOut: Int
    /// What the ICC, or the lower end of its interval, must reach.
    package var minimum: Double
    package var bound: RepeatedFeatures.Bound
    /// Features that do not reach it.
    package var below: Int
    package var features: [Feature]

    private enum CodingKeys: String, CodingKey {
      case perturbations, cases, minimum, bound, below, features
      case leftOut = "cases_left_out"
    }
  }
}

extension StudyReport.Robustness {
  /// By what features are called robust where no model says it, see `ReliabilityRule`.
  private static let preset = (minimum: 0.9, bound: RepeatedFeatures.Bound.lowerLimit)

  /// - Parameter models: whose first step that asks for perturbations has the threshold.
  init(_ found: PerturbationAgreement, models: [ModelDefinition]) {
    let (minimum, bound) = models.lazy.flatMap(\.agreementOfPerturbations).first ?? Self.preset
    perturbations = found.perturbations.map { perturbation, missing in
      Perturbation(
        translation: perturbation.translation, rotation: perturbation.rotation, volume: perturbation.volume,
        noise: perturbation.noise == 0 ? nil : perturbation.noise,
        contour: perturbation.contour == 0 ? nil : perturbation.contour, missing: missing)
    }
    (cases, leftOut) = (found.cases, found.leftOut)
    (self.minimum, self.bound) = (minimum, bound)
    features = found.features.map { feature in
      let correlation = feature.correlation
      let reached = correlation.map { bound == .estimate ? $0.value : $0.interval.lower } ?? -.infinity
      return Feature(
        name: feature.name, icc: correlation?.value, lower: correlation?.interval.lower,
        upper: correlation?.interval.upper, isRobust: reached >= minimum)
    }
    below = features.count { !$0.isRobust }
  }

  /// How many features do not reach the threshold, by what they are: `4 of 8 hand-crafted features`, `4 of 8 hand-crafted and 30 of
  /// 512 deep features`.
  var shares: String {
    let kinds: [(name: String, isDeep: Bool)] = [("hand-crafted", false), ("deep", true)]
    let told = kinds.compactMap { kind -> String? in
      // Images of a patient that stand side by side have names of their own before the feature's.
      let own = features.filter { $0.name.contains(deepFeaturePrefix) == kind.isDeep }
      guard !own.isEmpty else { return nil }
      return
        "\(PageNumber.count(own.count { !$0.isRobust })) of \(PageNumber.count(own.count)) \(kind.name)"
    }
    return "\(Sentence.list(told)) feature\(features.count == 1 ? "" : "s")"
  }

  /// What the threshold is of.
  var threshold: String {
    let what = bound == .estimate ? "ICC(1,1)" : "the lower 95 % limit of ICC(1,1)"
    return "\(what) of at least \(minimum)"
  }
}

extension StudyReport.Robustness.Perturbation {
  /// As people read it.
  var label: String {
    var parts: [String] = []
    if let noise { parts.append("noise \(noise)") }
    if translation != 0 { parts.append("moved by \(translation) voxel along each axis") }
    if rotation != 0 { parts.append("turned by \(rotation)°") }
    if volume != 0 {
      parts.append("volume \(volume > 0 ? "+" : "−")\(PageNumber.significant(abs(volume) * 100)) %")
    }
    if let contour { parts.append("contour \(contour)") }
    return parts.isEmpty ? "as drawn" : parts.joined(separator: ", ")
  }
}

extension StudyReport {
  /// Tells of perturbations, and warns where cases are left out of the ICC.
  mutating func addRobustness(_ found: PerturbationAgreement?, models: [ModelDefinition]) {
    guard let found else { return }
    let told = Robustness(found, models: models)
    robustness = told
    guard told.leftOut > 0 else { return }
    warnings.append(
      Warning(
        code: "perturbation_missing",
        message: "\(told.leftOut) of \(PageNumber.count(told.cases + told.leftOut, "training case")) "
          + "\(told.leftOut == 1 ? "has" : "have") no features of some perturbed region (it leaves the image, or is empty), and "
          + "\(told.leftOut == 1 ? "is" : "are") left out of the ICC of perturbed regions."))
  }
}

/// Columns and rows of `robustness.csv`.
enum RobustnessTable {
  static let columns = ["Feature", "ICC", "Lower", "Upper", "Robust"]

  static func fields(_ feature: StudyReport.Robustness.Feature) -> [String] {
    [
      feature.name, DelimitedWriter.field(feature.icc), DelimitedWriter.field(feature.lower),
      DelimitedWriter.field(feature.upper), feature.isRobust ? "1" : "0",
    ]
  }
}
