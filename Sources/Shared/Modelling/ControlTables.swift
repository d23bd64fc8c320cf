import ImageFilters
import Statistics
import StudyPlan

/// The rows of a study with the features of what stands in place of their regions.
struct ControlTable: Sendable {
  let table: CohortTable
  /// The external cohort likewise; `nil` without one.
  let external: CohortTable?
  /// Rows of both without such features: nothing of the region's shape lies beside it. They have the training medians.
  let lacking: Int
  /// Whether at least half of the training rows have them.
  let isUsable: Bool
}

/// What the models of a study are held against, ready for fitting.
struct ControlTables: Sendable {
  private let tables: [RegionVariant: ControlTable]

  init(
    _ cohort: StudyCohort, join: ImageJoin?, own: (table: CohortTable, members: [[StudyCase]]),
    training: [Int],
    external: ExternalCohort?
  ) {
    var tables: [RegionVariant: ControlTable] = [:]
    for variant in cohort.study.controlVariants {
      let varied = cohort.withFeatures(of: variant)
      func rows(_ members: [[StudyCase]], in cohort: StudyCohort) -> [[Double]] {
        members.map { ModelledCases.values(of: $0, in: cohort, join: join) }
      }
      let values = rows(own.members, in: varied)
      let parts = cohort.handcraftedColumns(join: join)
      var table = FilledTable(own.table, drawn: rows(own.members, in: cohort), rows: values)
      var other = external.map {
        FilledTable($0.table, drawn: rows($0.members, in: cohort), rows: rows($0.members, in: varied))
      }
      for columns in parts {
        let present = training.filter { !table.isAbsent(columns, $0) }
        let medians = columns.map { column in
          median(of: present.map { values[$0][column] }.filter(\.isFinite)) ?? .nan
        }
        table.replace(columns, absent: medians)
        other?.replace(columns, absent: medians)
      }
      let present = training.count { !table.lacking.contains($0) }
      tables[variant] = ControlTable(
        table: table.result, external: other?.result,
        lacking: table.lacking.count + (other?.lacking.count ?? 0), isUsable: 2 * present >= training.count)
    }
    self.tables = tables
  }

  subscript(variant: RegionVariant) -> ControlTable? { tables[variant] }
}

/// The middle value, or the mean of both; `nil` of none.
private func median(of values: [Double]) -> Double? {
  guard !values.isEmpty else { return nil }
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : 0.5 * (sorted[middle - 1] + sorted[middle])
}

/// A table that gets other features, image by image.
private struct FilledTable {
  /// Of the regions themselves.
  private let drawn: [[Double]]
  private let rows: [[Double]]
  private(set) var result: CohortTable
  /// Rows that lack a region of some image.
  private(set) var lacking: Set<Int> = []

  init(_ own: CohortTable, drawn: [[Double]], rows: [[Double]]) {
    (self.drawn, self.rows, result) = (drawn, rows, own)
  }

  /// Whether a row has features of its image and none of what stands in place of its region. A value that is undefined among
  /// others is the model's to treat, and so is an image that a subject has not got.
  func isAbsent(_ columns: Range<Int>, _ row: Int) -> Bool {
    columns.allSatisfy { rows[row][$0].isNaN } && columns.contains { drawn[row][$0].isFinite }
  }

  mutating func replace(_ columns: Range<Int>, absent: [Double]) {
    let missing = rows.indices.filter { isAbsent(columns, $0) }
    lacking.formUnion(missing)
    let isMissing = Set(missing)
    result = result.replacing(
      zip(columns, absent).map { column, fill in
        (column, rows.indices.map { isMissing.contains($0) ? fill : rows[$0][column] })
      })
  }
}

extension StudyCohort {
  /// Columns of hand-crafted features in a table of the cohort, of each image by itself.
  fileprivate func handcraftedColumns(join: ImageJoin?) -> [Range<Int>] {
    let counts = features.map(\.names.count)
    let total = counts.reduce(0, +)
    guard let block = features.firstIndex(where: { $0.source == .handcrafted }) else { return [] }
    let start = counts.prefix(block).reduce(0, +)
    return (0..<(join?.parts.count ?? 1)).map { part in
      part * total + start..<part * total + start + counts[block]
    }
  }

  /// The cohort with hand-crafted features of what stands in place of each region; NaN where a case has none.
  fileprivate func withFeatures(of variant: RegionVariant) -> StudyCohort {
    var cohort = self
    let known = varied[variant]?[.handcrafted] ?? [:]
    for index in features.indices where features[index].source == .handcrafted {
      let lacking = [Double](repeating: .nan, count: features[index].names.count)
      cohort.features[index].values = Dictionary(
        uniqueKeysWithValues: features[index].values.keys.map { ($0, known[$0] ?? lacking) })
    }
    return cohort
  }
}

extension PreparedStudy {
  /// Where the volume of a region stands among features, the first that there is.
  private static let volumes = [
    "original_shape_MeshVolume", "original_shape_VoxelVolume", "original_ibsi_morph_volume",
    "original_shape2D_MeshSurface", "original_shape2D_PixelSurface",
  ]

  /// The plan by which a control is fitted: the model's own. Of a volume nothing is selected, so that no step can leave it out.
  /// - Returns: `nil` where the features have no volume.
  func controlPlan<Plan: ControllablePlan>(_ kind: ControlKind, of plan: Plan) -> Plan? {
    var plan = plan
    // Cases were left out of the model's own features; those of a control may have holes elsewhere.
    if plan.missing == .dropCase { plan.missing = .dropFeature }
    guard kind == .volume else { return plan }
    let prefixes = join?.parts.map(ImageJoin.prefix) ?? [""]
    let names = Set(table.featureNames)
    let found = Self.volumes.lazy.map { volume in prefixes.map { $0 + volume }.filter(names.contains) }
      .first { !$0.isEmpty }
    guard let found else { return nil }
    plan.features = .named(found)
    plan.becomeOfAll()
    return plan
  }

  /// The rows that a control is fitted to.
  /// - Returns: `nil` where too few have what it needs.
  func controlTable(_ kind: ControlKind, replicate: Int) -> CohortTable? {
    switch kind {
    case .volume: table
    case .shuffled, .beside:
      kind.variant.flatMap { controls[$0] }.flatMap { $0.isUsable ? $0.table : nil }
    case .permuted:
      table.permutingOutcomes(
        of: split.training, address: RandomAddress(seed: cohort.study.seed, replicate: replicate))
    }
  }
}

/// A plan, logistic or Cox's, that a control may change.
protocol ControllablePlan {
  var features: FeatureChoice { get set }
  var missing: MissingPolicy { get set }

  /// Selects nothing, so that all features stay; a refit by the LASSO's own score, which needs its step, becomes ridge.
  mutating func becomeOfAll()
}

extension ModelPlan: ControllablePlan {
  mutating func becomeOfAll() {
    steps = []
    if refit == .lassoScore { refit = .ridge() }
  }
}

extension SurvivalPlan: ControllablePlan {
  mutating func becomeOfAll() {
    steps = []
    if refit == .lassoScore { refit = .ridge() }
  }
}
