import Modelling

/// The page as text that is ready to print; templates decide only where it stands.
///
/// Templates reach stored properties by their names, so every value here is a string, a flag or a list of
/// them.
struct Page {
  var title: String
  var studyName: String
  var outcome: String
  /// The first screen.
  var answers: [Answer]
  var headlines: [Headline]
  var warnings: [Notice]
  var flow: Flow
  var sites: [SiteRow]
  var siteTotal: SiteRow
  var exclusions: [ExclusionRow]
  var duplicates: [DuplicateRow]
  var acquisition: [AcquisitionRow]
  /// How images were brought to one orientation; empty where they were not.
  var orientation: String
  var modelNames: [String]
  var performance: [PerformanceGroup]
  var comparisons: [ComparisonRow]
  /// By which tests they were made.
  var comparisonTests: String
  /// Radiomics models against their controls; none in a study without any.
  var controls: [ControlRow]
  /// What they are compared by.
  var controlMeasure: String
  /// Other learners beside the models; none in a study without any.
  var learners: [LearnerLine]
  /// Perturbed regions; none in a study without any.
  var robustness: [RobustnessSection]
  var perSite: [SitePerformanceGroup]
  var figures: [FigureSection]
  /// Those that a first reading leaves out.
  var furtherFigures: [FigureSection]
  /// Their headings.
  var furtherNames: String
  /// Why there are none, where a program is missing that draws them.
  var figuresMissing: [String] = []
  var models: [ModelSection]
  var facts: [Fact]
  var parameters: [Fact]
  var files: [FileRow]
  /// False for predictions made elsewhere, which have no equations.
  var isStudy: Bool
  var kind: String
  var audit: [AuditRow]
  var auditSummary: String
  /// Whether a line of it fails.
  var auditFails: Bool
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
  var siteInfluence: [SiteInfluenceSection]
  /// One where the study has clinical columns.
  var clinical: [ClinicalSection]
  /// One where the outcome is a time to an event; it takes the place of the section on performance.
  var survival: [SurvivalSection]
  /// The table that a paper prints; empty where no part has an AUC.
  var paperTable: [PaperTableSection]
  /// Methods and results, written out.
  var manuscript: [ManuscriptSection]
  var style: String
}

extension Page {
  /// The page of a report.
  /// - Parameters:
  ///   - figures: drawn panels, by figure.
  ///   - files: what lies beside the page, for its list of links.
  init(_ report: StudyReport, figures: [FigureSection], files: [FileRow]) {
    title = report.study.title
    studyName = report.study.name
    outcome = report.study.outcome
    answers = Self.answers(of: report)
    headlines = report.models.map {
      report.survival == nil ? Self.headline(of: $0, in: report) : Self.headline(survival: $0)
    }
    warnings = Self.notices(of: report)
    flow = Flow(report.cohort, outcome: report.survival == nil ? "the outcome" : "the event")
    sites = report.cohort.perSite.map { SiteRow($0) }
    siteTotal = SiteRow(totalOf: report.cohort)
    exclusions = report.exclusions.map { ExclusionRow($0) }
    duplicates = report.duplicates.map { DuplicateRow($0) }
    acquisition = report.acquisition?.map { AcquisitionRow($0) } ?? []
    orientation =
      report.isOriented
      ? "All images were brought to one order of axes (left, back, head) before features were computed." : ""
    modelNames = report.models.map(\.name)
    performance = PerformanceGroup.all(of: report)
    let tested = report.comparisons.filter { $0.cohort != .training }
    comparisons = (tested.isEmpty ? report.comparisons : tested).map { ComparisonRow($0) }
    comparisonTests =
      report.survival == nil
      ? "AUCs by DeLong’s paired test and by the paired bootstrap"
      : "C by the paired infinitesimal jackknife and by the paired bootstrap"
    controls = report.controls?.map { ControlRow($0) } ?? []
    controlMeasure = (report.controls?.first?.measure ?? .auc).label
    learners = report.learners?.map { LearnerLine($0) } ?? []
    robustness = report.robustness.map { [RobustnessSection($0)] } ?? []
    perSite = SitePerformanceGroup.all(of: report)
    self.figures = figures.filter(\.isFirst)
    furtherFigures = figures.filter { !$0.isFirst }
    furtherNames = furtherFigures.map(\.heading).joined(separator: ", ")
    models = report.models.enumerated().map { ModelSection($0.element, number: $0.offset + 1) }
    facts = Self.facts(of: report)
    parameters = (report.featureSet.isTable ? [] : report.featureSet.parameters).map {
      Fact(term: $0.name, value: $0.value, isCode: true)
    }
    self.files = files
    isStudy = report.scope == .study
    kind = isStudy ? "Study report" : "Evaluation of predictions"
    audit = report.audit.map { AuditRow($0) }
    auditFails = report.failsAudit
    auditSummary = AuditRow.summary(of: report)
    checklists = report.checklists.map { ChecklistSection($0) }
    pooling = PoolingGroup.all(of: report, byFirstMethod: true)
    otherPooling = PoolingGroup.all(of: report, byFirstMethod: false)
    let isTested = report.comparisons.contains { $0.cohort != .training }
    comparisonNote = isTested ? " Those of the training part are in report.json." : ""
    intervals = IntervalRow.all(of: report)
    missing = Self.missing(report.missing)
    leftOut = LeftOutGroup.all(of: report)
    performanceNote =
      leftOut.isEmpty
      ? ""
      : "Each site was held out in turn, so that there is no test part: “Sites left out” has every case as predicted by "
        + "the model that did not know its site. What is said of the training part is apparent performance of the final "
        + "models, fitted to all sites."
    poolingNote =
      leftOut.isEmpty || pooling.isEmpty
      ? ""
      : "“Sites left out” pools what models say that did not know the site; the final models knew all sites, so that "
        + "what is pooled of the training part is apparent, and says nothing of new sites."
    let method = report.models.compactMap(\.bootstrap).map(\.auc632Plus.method).first { !$0.isEmpty }
    intervalNote = method.map { "; the interval of .632+ is the \($0)" } ?? ""
    siteCheck = report.siteCheck.map { [SiteCheckSection($0, of: report)] } ?? []
    siteInfluence = report.siteInfluence.map { [SiteInfluenceSection($0)] } ?? []
    hasSites = !(leftOut.isEmpty && pooling.isEmpty && siteCheck.isEmpty && siteInfluence.isEmpty)
    clinical = report.clinical.map { [ClinicalSection($0)] } ?? []
    survival = report.survival.map { [SurvivalSection($0, of: report)] } ?? []
    paperTable = [PaperTableSection(report)].compactMap(\.self)
    manuscript = [ManuscriptSection(Manuscript(report))]
    style = PageStyle.css
  }
}
