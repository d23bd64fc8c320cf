/// The page as text that is ready to print; templates decide only where it stands.
///
/// Templates reach stored properties by their names, so every value here is a string, a flag or a list of
/// them.
struct Page {
  var title: String
  var studyName: String
  var outcome: String
  var summary: [String]
  var headlines: [Headline]
  var warnings: [Notice]
  var flow: Flow
  var sites: [SiteRow]
  var siteTotal: SiteRow
  var exclusions: [ExclusionRow]
  var duplicates: [DuplicateRow]
  var modelNames: [String]
  var performance: [PerformanceGroup]
  var comparisons: [ComparisonRow]
  var perSite: [SitePerformanceGroup]
  var figures: [FigureSection]
  var models: [ModelSection]
  var facts: [Fact]
  var parameters: [Fact]
  var files: [FileRow]
  /// False for predictions made elsewhere, which have no equations.
  var isStudy: Bool
  var kind: String
  var audit: [AuditRow]
  var auditSummary: String
  var checklists: [ChecklistSection]
  var pooling: [PoolingGroup]
  var otherPooling: [PoolingGroup]
  /// What the table of differences leaves out; may be empty.
  var comparisonNote: String
  var intervals: [IntervalRow]
  var missing: [String]
  /// Where the numbers of new sites stand; empty unless each site was left out.
  var performanceNote: String
  /// How the headline's interval was made; empty where it has none.
  var intervalNote: String
  /// Whether there is a section across sites.
  var hasSites: Bool
  var leftOut: [LeftOutGroup]
  /// What pooling of parts tells, where sites were left out beside it; may be empty.
  var poolingNote: String
  var siteCheck: [SiteCheckSection]
  var style: String

  struct Headline {
    var model: String
    var text: String
  }

  struct Notice {
    var subject: String
    var message: String
  }

  struct Flow {
    var submitted: String
    var failed: String
    var excluded: String
    var used: String
    var usedDetail: String
    var training: String
    var test: String
    var hasTest: Bool
  }

  struct SiteRow {
    var site: String
    var subjects: String
    var images: String
    var positives: String
    var training: String
    var test: String
    var failed: String
    var excluded: String
  }

  struct ExclusionRow {
    var id: String
    var site: String
    var kind: String
    var code: String
    var sentence: String
    var remedy: String
  }

  struct DuplicateRow {
    var cases: String
    var consequence: String
  }

  /// Rows of the performance table that share a cohort; one cell a model.
  struct PerformanceGroup {
    var heading: String
    var rows: [PerformanceRow]
    var columns: String
  }

  struct PerformanceRow {
    var label: String
    var cells: [EstimateCell]
    var isHeadline: Bool
  }

  struct EstimateCell {
    var estimate: String
    /// The interval in parentheses; may be empty.
    var interval = ""
    /// Why there is no estimate, or what it counts; may be empty.
    var reason = ""
  }

  struct ComparisonRow {
    var models: String
    var cohort: String
    var difference: EstimateCell
    var pValue: String
    var adjusted: String
    var method: String
  }

  struct SitePerformanceGroup {
    var heading: String
    var rows: [SitePerformanceRow]
  }

  struct SitePerformanceRow {
    var site: String
    var model: String
    var count: String
    var auc: EstimateCell
    var sensitivity: EstimateCell
    var specificity: EstimateCell
  }

  struct FigureSection {
    var name: String
    var heading: String
    var caption: String
    var panels: [FigureImage]
  }

  struct FigureImage {
    var alternative: String
    var svg: String
  }

  struct ModelSection {
    var name: String
    var anchor: String
    var introduction: String
    var steps: [StepRow]
    var features: [FeatureRow]
    var formula: String
    /// How it was made, fact by fact.
    var making: [Fact]
    var coefficients: [CoefficientRow]
    /// Of the whole model, or why there is none.
    var likelihoodRatio: String
  }

  struct StepRow {
    var step: String
    var detail: String
    var kept: String
  }

  struct FeatureRow {
    var feature: String
    var coefficient: String
    var mean: String
    var sd: String
    var frequency: String
    /// Length of the bar in percent: digits only, for a style attribute.
    var frequencyBar: String
  }

  struct Fact {
    var term: String
    var value: String
    var isCode: Bool
  }

  struct FileRow {
    var name: String
    var content: String
  }
}
