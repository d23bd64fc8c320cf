import Statistics

extension StudySize {
  /// One image of a cohort before it is measured.
  package struct Image: Equatable, Sendable {
    /// Who must stay together: a group, or a subject at its site.
    package var unit: String
    package var site: String
    package var isPositive: Bool
    /// As the column `Split` says.
    package var part: Manifest.Part?

    package init(unit: String, site: String, isPositive: Bool, part: Manifest.Part?) {
      (self.unit, self.site, self.isPositive, self.part) = (unit, site, isPositive, part)
    }
  }

  /// Of the training part as the study will draw it, if no case is lost; of all images but external ones where it cannot be
  /// drawn, which the study itself will say.
  package init(_ images: [Image], of study: Study, models: [Model]) {
    let own = images.filter { $0.part != .external }
    var (training, fault): ([Image], String?) = (own, nil)
    do throws(StatisticsError) { training = try Self.training(own, study) } catch {
      fault = error.message
    }
    let outcomes = Dictionary(training.map { ($0.unit, $0.isPositive) }, uniquingKeysWith: { $0 || $1 })
    self.init(
      subjects: outcomes.count, positives: outcomes.count(where: \.value), models: models, splitFault: fault)
  }

  /// A sentence where the training part cannot be drawn.
  package var splitWarning: String? {
    splitFault.map {
      "The training part cannot be drawn from the cases as they are, so that sizes told here are of all of them: \($0.sentence)"
    }
  }

  private static func training(_ images: [Image], _ study: Study) throws(StatisticsError) -> [Image] {
    switch study.split {
    case .leaveOneSiteOut: return images
    case .column: return images.filter { $0.part == .training }
    case .trainingShare(let share):
      let rows = images.enumerated().map { place, image in
        CohortTable.Row(
          caseName: "\(place)", subject: image.unit, site: image.site, isPositive: image.isPositive,
          values: [])
      }
      let table = try CohortTable(featureNames: [], rows: rows)
      let split = try Split(
        table, testShare: 1 - share, seed: study.seed, needsBothOutcomes: study.survival == nil)
      return split.training.compactMap { Int(table.caseNames[$0]).map { images[$0] } }
    }
  }
}
