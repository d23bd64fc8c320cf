import Statistics
import StudyPlan

extension ModelDocument {
  /// What a predictor is that is no feature of an image or of a table.
  package enum PredictorKind: String, Codable, Sendable {
    /// A clinical column, or an indicator of one of its levels or of its missing values.
    case clinical
    /// The log odds, or of a Cox model the log hazard ratio, that a model below gives.
    case score
  }

  /// A clinical column as the study read it.
  package struct Clinical: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
      case number, skewed, categories, ordered
    }

    package let name: String
    package let kind: Kind
    /// Of a category, the reference first; `nil` for a number.
    package let levels: [String]?
    package let missing: ClinicalColumn.Missing

    package init(_ column: ClinicalColumn) {
      (name, missing, levels) = (column.name, column.missing, column.variable.levels)
      kind =
        switch column.variable.kind {
        case .number: .number
        case .skewedNumber: .skewed
        case .categories(_, let areOrdered): areOrdered ? .ordered : .categories
        }
    }

    package var column: ClinicalColumn {
      let kind: ClinicalVariable.Kind =
        switch self.kind {
        case .number: .number
        case .skewed: .skewedNumber
        case .categories, .ordered: .categories(levels ?? [], areOrdered: self.kind == .ordered)
        }
      return ClinicalColumn(ClinicalVariable(name, kind), missing: missing)
    }

    fileprivate var isSound: Bool {
      guard !name.isEmpty else { return false }
      switch kind {
      case .number, .skewed: return levels == nil
      case .categories, .ordered:
        let levels = levels ?? []
        return (2...50).contains(levels.count) && Set(levels).count == levels.count
      }
    }
  }
}

// MARK: Parts

extension ModelDocument {
  /// This model and those below it.
  package var models: [ModelDocument] { [self] + (scores ?? []) }

  /// Features of images, or of a table of them, that this model and those below it need, each once.
  package var measuredFeatures: [String] {
    var seen: Set<String> = []
    return models.flatMap(\.features).filter { $0.kind == nil && seen.insert($0.name).inserted }.map(\.name)
  }

  /// Clinical columns that this model and those below it need, each once.
  package var clinicalColumns: [ClinicalColumn] {
    var seen: Set<String> = []
    return models.flatMap { $0.clinical ?? [] }.filter { seen.insert($0.name).inserted }.map(\.column)
  }

  /// Columns that harmonisation of this model and of those below it keeps the effect of, each once.
  package var covariateLevels: [CovariateLevels] {
    var seen: Set<String> = []
    return models.flatMap { $0.covariates ?? [] }.filter { seen.insert($0.column).inserted }
  }

  /// Columns beside the features of which this model and those below it read numbers.
  package var furtherNumbers: [String] {
    clinicalColumns.filter { $0.variable.levels == nil }.map(\.name)
      + covariateLevels.filter { $0.levels == nil }.map(\.column)
  }

  /// Whether this model or one below it harmonises sites.
  package var harmonises: Bool { models.contains { $0.harmonisation != nil } }

  /// The model as it is applied to rows of a table that has its measured features and its clinical columns.
  package func fitted(in table: CohortTable) -> FittedModel {
    let places = Dictionary(uniqueKeysWithValues: table.featureNames.enumerated().map { ($1, $0) })
    return FittedModel(
      name: name,
      // Other predictors are found by their names; their places are behind the features.
      features: features.map { $0.kind == nil ? places[$0.name] ?? .max : .max },
      featureNames: features.map(\.name), means: features.map(\.mean),
      deviations: features.map(\.standardDeviation), medians: features.map(\.median), intercept: intercept,
      coefficients: features.map(\.coefficient), cutoff: cutoff, harmonisation: harmonisation,
      scores: scores?.map { $0.fitted(in: table) })
  }
}

// MARK: Writing and reading

extension ModelDocument {
  /// Clinical columns of a study that the model's predictors are of.
  mutating func describeClinical(_ study: Study) {
    let names = Set(features.filter { $0.kind == .clinical }.map(\.name))
    let columns = (study.clinical ?? []).filter { !names.isDisjoint(with: ClinicalColumns([$0]).names) }
    clinical = columns.isEmpty ? nil : columns.map(Clinical.init)
  }

  /// Whether clinical columns and models below are such as a study fits.
  var hasSoundParts: Bool {
    let below = scores ?? []
    return Set((clinical ?? []).map(\.name)).count == clinical?.count ?? 0
      && (clinical ?? []).allSatisfy(\.isSound) && Set(below.map(\.name)).count == below.count
      && below.allSatisfy {
        $0.scores == nil && $0.update == nil && $0.images == images
          && ($0.survival == nil) == (survival == nil)
      }
  }

  /// Predictors that nothing in the file tells how to compute.
  var unexplained: [String] {
    let columns = Set(ClinicalColumns((clinical ?? []).map(\.column)).names)
    let below = Set((scores ?? []).map { ModelScores.columnName(of: $0.name) })
    return features.filter { feature in
      switch feature.kind {
      case .clinical?: !columns.contains(feature.name)
      case .score?: !below.contains(feature.name)
      case nil: false
      }
    }.map(\.name)
  }
}
