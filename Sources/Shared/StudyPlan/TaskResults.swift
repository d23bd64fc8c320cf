/// Features of one region as computed.
package struct ExtractedFeatures: Equatable, Sendable {
  package var names: [String]
  package var values: [Double]
  /// What a reader should know about this region: warnings, ROI size, what the values were made of.
  package var diagnostics: Diagnostics

  package struct Diagnostics: Equatable, Sendable {
    package var voxels: Int
    package var warnings: [String]
    /// Under PyRadiomics' names, `diagnostics_Image-original_Hash` and so on, in its order.
    package var entries: [Diagnostic]

    package init(voxels: Int, warnings: [String], entries: [Diagnostic] = []) {
      self.voxels = voxels
      self.warnings = warnings
      self.entries = entries
    }
  }

  package init(names: [String], values: [Double], diagnostics: Diagnostics) {
    self.names = names
    self.values = values
    self.diagnostics = diagnostics
  }
}

/// What the aggregation leaves behind.
package struct AggregateResult: Sendable {
  package struct Prediction: Equatable, Sendable {
    package var caseID: Int64
    package var model: String
    package var part: String
    package var probability: Double

    package init(caseID: Int64, model: String, part: String, probability: Double) {
      self.caseID = caseID
      self.model = model
      self.part = part
      self.probability = probability
    }
  }

  /// report.json without times.
  package var report: String
  /// JSON array; each model has a `name`.
  package var models: String
  /// JSON array of rows as the table `metric` has them.
  package var metrics: String
  package var predictions: [Prediction]

  package init(report: String, models: String, metrics: String, predictions: [Prediction]) {
    self.report = report
    self.models = models
    self.metrics = metrics
    self.predictions = predictions
  }
}
