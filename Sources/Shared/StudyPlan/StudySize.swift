import NeuralNet
import Statistics

/// How large a study is for the models that it asks for.
package struct StudySize: Equatable, Sendable {
  /// A model, and how many candidate features it may choose from.
  package struct Model: Equatable, Sendable {
    package var name: String
    package var candidates: Int

    package init(name: String, candidates: Int) {
      self.name = name
      self.candidates = candidates
    }
  }

  /// Subjects (or groups) that models are fitted to.
  package var subjects: Int
  /// Those of them with the outcome.
  package var positives: Int
  package var models: [Model]
  /// Why the split cannot be drawn, where all subjects are counted in the place of those that train; `nil` where it can.
  package var splitFault: String?

  package init(subjects: Int, positives: Int, models: [Model], splitFault: String? = nil) {
    self.splitFault = splitFault
    self.subjects = subjects
    self.positives = positives
    self.models = models
  }

  /// Subjects with the rarer outcome.
  package var events: Int { min(positives, subjects - positives) }

  /// With fewer events nothing of a study is to be believed: every fold, resample and part then holds one or none.
  package static let fewestEvents = 10

  /// A sentence where there are fewer.
  package var fewEvents: String? {
    guard events < Self.fewestEvents, !models.isEmpty else { return nil }
    return
      "Models are fitted to \(subjects) subjects, of whom only \(events) \(events == 1 ? "has" : "have") the rarer outcome: with fewer than "
      + "\(Self.fewestEvents), selections, AUCs and intervals are a matter of chance. Use the study to try things out, not for "
      + "a conclusion."
  }

  /// A sentence where some model asks for more subjects than there are (Riley et al. 2020, doi:10.1136/bmj.m441).
  package var tooSmall: String? {
    guard subjects > 0, events > 0 else { return nil }
    let prevalence = Double(positives) / Double(subjects)
    let lacking = models.compactMap { model in
      SampleSize(parameters: model.candidates, prevalence: prevalence).flatMap { size in
        size.subjects > Double(subjects) ? (model: model, size: size) : nil
      }
    }
    guard !lacking.isEmpty else { return nil }
    let each = lacking.map { model, size in
      "\(model.name): \(Self.grouped(Double(model.candidates))) candidate \(model.candidates == 1 ? "feature needs" : "features need") "
        + "\(Self.grouped(size.subjects)) subjects (here \(Self.ratio(Double(events) / Double(model.candidates))) events for each)"
    }
    let carried = SampleSize.parameters(for: subjects, prevalence: prevalence)
    return
      "Models are fitted to \(subjects) subjects, \(events) of them with the rarer outcome. These are too few by the criteria of "
      + "Riley et al. (2020), if the features explain 15 % of what can be explained. \(each.joined(separator: "; ")). \(subjects) "
      + "subjects \(carried == 0 ? "do not suffice for a single candidate" : "suffice for \(counted(carried, "candidate"))"). Expect "
      + "coefficients and selections that others do not find again, and judge by estimates that repeat the selection, and by "
      + "new patients."
  }

  private static func grouped(_ number: Double) -> String {
    guard number < 1e15 else { return "\(number)" }
    var digits = Array(String(Int(number)))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return String(digits)
  }

  /// Two digits after the point, or as many as show the first two that are not 0.
  private static func ratio(_ number: Double) -> String {
    guard number > 0 else { return "0" }
    var (factor, scaled) = (100.0, number)
    while scaled < 0.1, factor < 1e6 {
      scaled *= 10
      factor *= 10
    }
    return "\((number * factor).rounded() / factor)"
  }
}

extension FeatureSource {
  /// How many columns of a feature table are of this source, by their names.
  package func features(among names: [String]) -> Int {
    names.count { $0.hasPrefix(deepFeaturePrefix) == (self == .deep) }
  }
}
