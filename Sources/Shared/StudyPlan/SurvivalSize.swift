/// How many events a survival study has for the models that it asks for.
package struct SurvivalSize: Equatable, Sendable {
  /// Subjects (or groups) that models are fitted to, and those of them with the event.
  package var subjects: Int
  package var events: Int
  package var event: String
  package var models: [StudySize.Model]

  package init(subjects: Int, events: Int, event: String, models: [StudySize.Model]) {
    (self.subjects, self.events, self.event, self.models) = (subjects, events, event, models)
  }

  /// Events for each candidate feature below which a model is small; a rule of thumb (Peduzzi et al. 1995,
  /// doi:10.1016/0895-4356(95)00048-8).
  package static let eventsPerCandidate = 10

  /// A sentence where there are too few events for anything.
  package var fewEvents: String? {
    guard events < StudySize.fewestEvents, !models.isEmpty else { return nil }
    return
      "Models are fitted to \(subjects) subjects, of whom only \(events) had the event (\(event)): with fewer than "
      + "\(StudySize.fewestEvents), selections, C and intervals are a matter of chance. Use the study to try things out, not for a "
      + "conclusion."
  }

  /// A sentence where some model may choose from more features than its events carry.
  package var tooSmall: String? {
    let lacking = models.filter { events < Self.eventsPerCandidate * $0.candidates }
    guard !lacking.isEmpty else { return nil }
    let each = lacking.map {
      "\($0.name) has \($0.candidates) candidate \($0.candidates == 1 ? "feature" : "features")"
    }
    return
      "Models are fitted to \(subjects) subjects, \(events) of them with the event (\(event)): fewer than "
      + "\(Self.eventsPerCandidate) events for each candidate feature, which is the rule of thumb (Peduzzi et al. 1995). "
      + "\(each.joined(separator: "; ")). Expect coefficients and selections that others do not find again, and judge by estimates that "
      + "repeat the selection, and by new patients."
  }
}
