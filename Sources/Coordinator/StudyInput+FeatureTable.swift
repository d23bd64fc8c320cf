import CommandSupport
import FileSources
import Foundation
import StudyPlan
import StudyStore
import StudyTasks

extension StudyInput {
  /// Cases of a study that begins with a feature table, those of its external cohort after them.
  static func tableCases(
    of file: inout StudyFile, _ layout: FeatureTableLayout, _ source: (any FileSource)?
  ) throws -> (cases: [SubmittedCase], featureNames: [String], source: any FileSource) {
    let design = Manifest.designColumns(outcome: layout.outcomeHeader)
    let table = try FeatureTableFile(
      at: file.manifest, layout: layout, outcome: file.outcomeCoding,
      covariates: file.study.covariates + file.ownClinicalColumns + file.ownTimeColumns)
    try file.study.requireCovariates(in: table.source.otherColumns, design: design)
    file.study.table = table.source
    StandardStreams.note(
      "\(table.source.name): \(counted(table.featureNames.count, "feature")); columns that are no features: "
        + "\(table.source.otherColumns.isEmpty ? "none" : table.source.otherColumns.joined(separator: ", "))"
    )
    var (rows, allValues) = (table.manifest.rows, table.values)
    if let external = file.external {
      var other = try FeatureTableFile(
        at: external, layout: layout, outcome: file.outcomeCoding,
        covariates: file.study.covariates + file.ownClinicalColumns + file.ownTimeColumns)
      allValues += try other.values(of: table.featureNames)
      try other.manifest.becomeExternal(other.source.name)
      rows = try table.manifest.joined(by: other.manifest)
    }
    try joinClinical(of: file, to: &rows, outcome: layout.outcomeHeader)
    try joinSurvival(of: file, to: &rows)
    let cases = zip(rows, allValues).map { row, values in
      let digest = featureDigest(of: values)
      return SubmittedCase(
        row: row, label: row.label ?? 1, imageSHA256: digest, maskSHA256: digest, values: values)
    }
    return (cases, table.featureNames, source ?? FolderSource(table.manifest.root))
  }
}
