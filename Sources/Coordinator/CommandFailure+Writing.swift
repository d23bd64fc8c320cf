import CohortSynthesis
import CommandSupport
import Reporting

extension CommandFailure {
  /// A report, table or model that ends the program: 73 where a file cannot be written, 69 where gnuplot is missing or fails, else 65.
  init(_ error: ReportError) {
    let status =
      switch error.code {
      case .fileNotWritten: ExitStatus.cannotWrite
      case .gnuplotMissing, .gnuplotFailed: ExitStatus.somethingMissing
      case .notFinite, .notAReport, .wrongFieldCount, .badPredictions: ExitStatus.badData
      }
    self.init(status, error.message)
  }

  /// A cohort that was not synthesized.
  init(_ error: SynthesisError) {
    let status =
      switch error.code {
      case .badOptions: ExitStatus.usage
      case .folderInUse, .unwritable: ExitStatus.cannotWrite
      }
    self.init(status, error.message)
  }
}
