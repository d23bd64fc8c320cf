import CommandSupport
import Extraction
import StudyPlan
import StudyStore

extension StudyInput {
  /// Tells people, before anything is computed, that the study is small for its models, and of names that may hide one person.
  func tellSize() {
    guard !file.study.models.isEmpty else { return }
    if let sentence = size.fewEvents ?? size.tooSmall { StandardStreams.note("Note: \(sentence)") }
    let sites = Dictionary(grouping: cases, by: \.row.site).mapValues { Set($0.map(\.row.subject)) }
    let names = sites.values.reduce(into: [String: Int]()) { counts, subjects in
      for subject in subjects { counts[subject, default: 0] += 1 }
    }.filter { $0.value > 1 }.keys.sorted()
    guard !names.isEmpty else { return }
    StandardStreams.note(
      "Note: \(names.count == 1 ? "1 ID stands" : "\(names.count) IDs stand") at several sites (\(names.prefix(5).joined(separator: ", "))"
        + "\(names.count > 5 ? " …" : "")), and count as different people at each.")
  }

  /// As far as it is known before extraction and split: no case has failed, and the training part has its share.
  private var size: StudySize {
    let known = cases.filter { $0.row.outcome != nil && ($0.row.extra[Manifest.repeatColumn] ?? "").isEmpty }
    let training = known.filter { file.study.split != .column || $0.row.split == .training }
    let outcomes = Dictionary(
      training.map {
        ($0.row.group.map { "group \($0)" } ?? "\($0.row.site)/\($0.row.subject)", $0.row.outcome == 1)
      },
      uniquingKeysWith: { $0 || $1 })
    var share = 1.0
    if case .trainingShare(let training) = file.study.split { share = training }
    func part(_ count: Int) -> Int { Int((share * Double(count)).rounded()) }
    return StudySize(
      subjects: part(outcomes.count), positives: part(outcomes.count(where: \.value)),
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
