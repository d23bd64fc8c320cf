import CommandSupport
import Extraction
import StudyPlan
import StudyStore

extension StudyInput {
  /// Tells people, before anything is computed, that the study is small for its models, and of names that may hide one person.
  func tellSize() {
    guard !file.study.models.isEmpty else { return }
    let size = size
    for sentence in [size.splitWarning, sizeSentence(size)].compactMap(\.self) {
      StandardStreams.note("Note: \(sentence)")
    }
    let sites = Dictionary(grouping: cases, by: \.row.site).mapValues { Set($0.map(\.row.subject)) }
    let names = sites.values.reduce(into: [String: Int]()) { counts, subjects in
      for subject in subjects { counts[subject, default: 0] += 1 }
    }.filter { $0.value > 1 }.keys.sorted()
    guard !names.isEmpty else { return }
    StandardStreams.note(
      "Note: \(counted(names.count, "ID stands", "IDs stand")) at several sites (\(names.prefix(5).joined(separator: ", "))"
        + "\(names.count > 5 ? " …" : "")). At each it is another person's.")
  }

  private func sizeSentence(_ size: StudySize) -> String? {
    guard let survival = file.study.survival else { return size.fewEvents ?? size.tooSmall }
    let events = SurvivalSize(
      subjects: size.subjects, events: size.positives, event: survival.event, models: size.models)
    return events.fewEvents ?? events.tooSmall
  }

  /// As far as it is known before extraction: no case has failed.
  private var size: StudySize {
    let images = cases.filter { ($0.row.extra[Manifest.repeatColumn] ?? "").isEmpty }.compactMap { item in
      item.row.outcome.map { outcome in
        StudySize.Image(
          unit: item.row.group.map { "group \($0)" } ?? "\(item.row.site)/\(item.row.subject)",
          site: item.row.site, isPositive: outcome == 1, part: item.row.split)
      }
    }
    return StudySize(
      images, of: file.study,
      models: file.study.models.map { StudySize.Model(name: $0.name, candidates: candidates($0)) })
  }

  /// How many numbers of features the study stores, at least.
  var storedValues: Int {
    let features =
      file.study.table == nil
      ? file.study.sources.map { Extraction.featureNames(of: $0, in: file.study).map(\.count).max() ?? 0 }
        .reduce(0, +)
      : featureNames.count
    return cases.count * features
  }

  /// Features that a model may choose from; with images of a subject side by side, those of each.
  private func candidates(_ model: ModelDefinition) -> Int {
    let images = cases.filter { ($0.row.extra[Manifest.repeatColumn] ?? "").isEmpty }
    let parts = Dictionary(grouping: images) { [$0.row.site, $0.row.subject] }
    let isJoined = parts.values.contains { Set($0.map(\.row.part)).count > 1 }
    let rows = isJoined ? Set(images.map(\.row.part)).count : 1
    let counts = model.sources.map { source -> Int in
      guard file.study.table != nil else {
        return Extraction.featureNames(of: source, in: file.study).map(\.count).max() ?? 0
      }
      return source.features(among: featureNames)
    }
    return rows * counts.reduce(0, +)
  }
}
