import Extraction
import StudyPlan

extension ExtractionJob {
  /// Refuses a batch that has a column of a name that its results will have: which of the two a reader of the table means could
  /// not be told. An earlier output that is given as a batch is such a one.
  /// - Throws: `StudyError` that names the first of them and how many there are.
  package func checkColumns(of batch: ExtractionBatch) throws(StudyError) {
    guard !batch.isSingle, !onlyValidates else { return }
    var names = Set([3, 2].flatMap { handcraftedNames(parameters, dimension: $0) ?? [] })
    names.formUnion(deepNames)
    let taken = batch.columns.filter { name in
      names.contains(name) || parameters.additionalInfo && name.hasPrefix("diagnostics_")
    }
    guard let first = taken.first else { return }
    throw StudyError(
      .badManifest,
      "The batch has a column '\(first)'" + (taken.count > 1 ? " and \(taken.count - 1) more" : "")
        + ", and the results have one of that name. Rename or remove it; an earlier output is no batch.")
  }
}
