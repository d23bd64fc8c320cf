import Statistics
import StudyPlan

extension ModelDocument {
  /// The probability of each patient, in the order in which they first appear, and what is to be known of them.
  ///
  /// The arithmetic is that of the study's own predictions, operation by operation, so that the same values give the same bits.
  /// Scores are computed by the models below, whatever columns a case has.
  /// - Throws: `StudyTaskError`: `missing-features` where a case has not all features, `missing-columns` and `clinical-value` where it has
  ///   not all clinical columns, or a value that is none of one, `unseen-site` where the model, or one below it, harmonises, and refuses
  ///   sites that it was not fitted to.
  package func predictions(of cases: [NewCase]) throws(StudyTaskError) -> (
    [NewPrediction], [PredictionWarning]
  ) {
    let rows = NewRows(cases, of: self)
    try requireKnown(sites: rows.sites, columns: cases.map { ($0.name, $0.columns) })
    let values = try rows.values()
    do {
      let covariates = CovariateColumns(covariateLevels)
      let clinical = ClinicalColumns(clinicalColumns)
      let digits = String(rows.patients.count).count
      let table = try CohortTable(
        featureNames: measuredFeatures, covariateNames: covariates.names, clinicalNames: clinical.names,
        rows: rows.patients.indices.map { place in
          // Rows of a table are sorted by their names; numbers keep them as they came.
          let number = String(place)
          let key = String(repeating: "0", count: digits - number.count) + number
          return CohortTable.Row(
            caseName: key, subject: key, site: rows.sites[place], isPositive: false, values: values[place],
            covariates: covariates.values(of: rows.patients[place][0].columns),
            clinical: try clinical.values(of: rows.patients[place].map(\.columns)))
        })
      let probabilities = try probabilities(of: table)
      let survival = survivalPredictions(of: table)
      let predictors = predictors(of: table)
      let predictions = rows.patients.indices.map { place in
        // A row of several images is of the patient, and is called so, as in the report.
        NewPrediction(
          name: images == nil ? rows.patients[place][0].name : rows.patients[place][0].subject,
          subject: rows.patients[place][0].subject,
          site: rows.sites[place],
          values: predictors[place], probability: probabilities[place], survival: survival?[place],
          columns: rows.patients[place][0].columns)
      }
      return (predictions, warnings(table, sites: rows.sites))
    } catch {
      throw StudyTaskError(ofModelling: error)
    }
  }

  /// Of the rows of a table that has the measured features and the clinical columns.
  private func probabilities(of table: CohortTable) throws(StudyTaskError) -> [Double] {
    let rows = Array(0..<table.rowCount)
    let fitted = fitted(in: table)
    if let survival = survivalPredictions(of: table) {
      return try survival.map { (prediction) throws(StudyTaskError) in
        try riskByLastHorizon(prediction.risks)
      }
    }
    guard let update, (update.intercept, update.slope) != (0, 1) else {
      return fitted.probabilities(of: table, rows: rows)
    }
    return fitted.linearPredictor(of: table, rows: rows).map {
      logistic(update.intercept + update.slope * $0)
    }
  }

  /// For each row of the table the values of the predictors, in their order.
  private func predictors(of table: CohortTable) -> [[Double]] {
    let rows = Array(0..<table.rowCount)
    let fitted = fitted(in: table)
    let columns = features.indices.map { fitted.predictorValues(at: $0, of: table, rows: rows) }
    return rows.map { row in columns.map { $0[row] } }
  }

  /// Looks, before images are measured, whether cases are of sites that the model can be used at, and have its clinical columns.
  /// - Parameter cases: what each is called, and its further columns.
  /// - Throws: `StudyTaskError`: `unseen-site`, `missing-columns`, `clinical-value`.
  package func requireKnown(
    sites: [String], columns cases: [(name: String, columns: [String: String])]
  ) throws(StudyTaskError) {
    for model in models { try model.requireKnownSites(sites) }
    let columns = clinicalColumns
    let absent = columns.map(\.name).filter { name in cases.contains { $0.columns[name] == nil } }
    guard absent.isEmpty else {
      throw StudyTaskError(
        code: "missing-columns",
        sentence:
          "Model \(name) needs the clinical \(absent.count == 1 ? "column" : "columns") \(absent.joined(separator: ", ")), which "
          + "\(absent.count == 1 ? "is" : "are") not given.",
        remedy:
          "Give a table that has them under these names, with values as in the model's study and nothing where one is missing: the "
          + "manifest, the table of features, or one of its own by --clinical TABLE.")
    }
    for item in cases {
      for column in columns {
        guard let text = item.columns[column.name], column.value(of: text) == nil else { continue }
        throw StudyTaskError(
          code: "clinical-value",
          sentence:
            "Column \(column.name) of \(item.name) has '\(text)', and should have \(column.expectation).",
          remedy: "Write values as the model's study has them, and nothing where one is missing.")
      }
    }
  }

  private func requireKnownSites(_ sites: [String]) throws(StudyTaskError) {
    guard let harmonisation, harmonisation.unseenSite == .refuse else { return }
    let unknown = Set(sites).subtracting(harmonisation.sites).sorted()
    guard !unknown.isEmpty else { return }
    throw StudyTaskError(
      code: "unseen-site",
      sentence:
        "Model \(name) harmonises sites by ComBat and was fitted to \(harmonisation.sites.joined(separator: ", ")); the effect of "
        + "\(unknown.map { $0.isEmpty ? "a site without a name" : $0 }.joined(separator: ", ")) is unknown, and its study said that such "
        + "sites are refused.",
      remedy:
        "Leave their cases out, or fit the model again with patients of the site among the training part, without harmonisation, or with "
        + "unseen: unchanged, which uses the values of new sites as they are.")
  }
}

// MARK: Warnings

extension ModelDocument {
  /// Farther from the training mean than this many standard deviations, a value is not one that the model learned of.
  private static let farthest = 5.0

  private func warnings(_ table: CohortTable, sites: [String]) -> [PredictionWarning] {
    let values = predictors(of: table)
    let own = [nothingSelected, untrained, unknownSites(sites), imputed(values), distant(values)]
    // What is random of networks below is so of this model.
    let below = (scores ?? []).flatMap { model in
      model.warnings(table, sites: sites).filter { $0.code != "random_weights" }.map {
        warning($0.code, "Model \(model.name) below it: \($0.message)")
      }
    }
    return own.compactMap(\.self) + below
  }

  private func warning(_ code: String, _ message: String) -> PredictionWarning {
    PredictionWarning(code: code, model: name, message: message)
  }

  private var nothingSelected: PredictionWarning? {
    guard features.isEmpty else { return nil }
    if survival != nil {
      return warning(
        "nothing_selected",
        "The model has no feature: every patient gets the risk of the part it was fitted to.")
    }
    return warning(
      "nothing_selected", "The model has no feature: every patient gets the share of cases it was fitted to.")
  }

  private var untrained: PredictionWarning? {
    guard let weights = extraction?.deep?.weights, weights.randomSeed != nil else { return nil }
    return warning(
      "random_weights",
      "Deep features come from \(weights.name): random weights, not a trained network. They say nothing about patients."
    )
  }

  private func unknownSites(_ sites: [String]) -> PredictionWarning? {
    guard let harmonisation else { return nil }
    let unknown = Set(sites).subtracting(harmonisation.sites).sorted()
    guard !unknown.isEmpty else { return nil }
    return warning(
      "unseen_site",
      "\(unknown.map { $0.isEmpty ? "a site without a name" : $0 }.joined(separator: ", ")): not among the sites that the model was fitted "
        + "to (\(harmonisation.sites.joined(separator: ", "))); values are used as they are, not harmonised, as the study said."
    )
  }

  private func imputed(_ values: [[Double]]) -> PredictionWarning? {
    let lacking = features.indices.filter { place in values.contains { !$0[place].isFinite } }
    guard !lacking.isEmpty else { return nil }
    let count = values.count { row in row.contains { !$0.isFinite } }
    let infinite = values.reduce(0) { $0 + $1.count { $0.isInfinite } }
    let said =
      infinite == 0
      ? ""
      : " An infinite value counts as missing, as in studies: "
        + "\(counted(infinite, "value")) here \(infinite == 1 ? "is" : "are")."
    return warning(
      "imputed",
      "\(count) of \(counted(values.count, "patient")) \(count == 1 ? "lacks" : "lack") values of \(lacking.count) of \(features.count) \(isOfFeatures ? "features" : "predictors") "
        + "(\(list(lacking.map { features[$0].name }))); the training median\(hasCategories ? ", or the commonest level of training," : "") "
        + "stands in for each.\(said)")
  }

  private func distant(_ values: [[Double]]) -> PredictionWarning? {
    // Harmonised values are compared only where no harmonisation moves them first.
    guard harmonisation == nil else { return nil }
    func isFar(_ value: Double, _ feature: Feature) -> Bool {
      // A rare level is far from the mean of its indicator, and known all the same.
      (feature.kind != .clinical || numbers.contains(feature.name)) && value.isFinite
        && abs(value - feature.mean) > Self.farthest * feature.standardDeviation
    }
    let numbers = Set((clinical ?? []).filter { $0.levels == nil }.map(\.name))
    let far = features.indices.filter { place in values.contains { isFar($0[place], features[place]) } }
    guard !far.isEmpty else { return nil }
    let count = values.count { row in zip(row, features).contains { isFar($0, $1) } }
    return warning(
      "outside_training",
      "\(count) of \(counted(values.count, "patient")) \(count == 1 ? "has" : "have") values more than \(Int(Self.farthest)) standard deviations from the training mean "
        + "(\(list(far.map { features[$0].name }))): the model says of them what it never learned. Check scanner, sequence and region."
    )
  }

  private var isOfFeatures: Bool { features.allSatisfy { $0.kind == nil } }
  private var hasCategories: Bool { (clinical ?? []).contains { $0.levels != nil } }

  private func list(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
  }
}

/// New cases as rows of the model's table: each by itself, or the images of a patient side by side.
private struct NewRows {
  let document: ModelDocument
  private let names: [String]
  /// The cases of each row, in the order of the model's images.
  let patients: [[NewCase]]

  init(_ cases: [NewCase], of document: ModelDocument) {
    self.document = document
    let names = document.measuredFeatures
    self.names = names
    let areJoined =
      !names.isEmpty && cases.allSatisfy { item in names.allSatisfy { item.values[$0] != nil } }
    guard document.images != nil, !areJoined else {
      patients = cases.map { [$0] }
      return
    }
    var places: [[String]: Int] = [:]
    var patients: [[NewCase]] = []
    for item in cases {
      let key = [item.site, item.subject]
      if let place = places[key] {
        patients[place].append(item)
      } else {
        places[key] = patients.count
        patients.append([item])
      }
    }
    self.patients = patients.map { $0.sorted { $0.part < $1.part } }
  }

  var sites: [String] { patients.map { $0[0].site } }

  /// Of the measured features; NaN where a patient lacks the image, or the value is undefined.
  func values() throws(StudyTaskError) -> [[Double]] {
    var lacking: Set<String> = []
    var count = 0
    let values = patients.map { images in
      let row = names.map { value($0, of: images) }
      let absent = zip(names, row).filter { $1 == nil }.map(\.0)
      if !absent.isEmpty { count += 1 }
      lacking.formUnion(absent)
      return row.map { $0 ?? .nan }
    }
    guard lacking.isEmpty else {
      throw StudyTaskError(
        code: "missing-features",
        sentence:
          "Model \(document.name) needs \(counted(lacking.count, "feature")) that \(count) of \(counted(patients.count, "case")) \(count == 1 ? "does" : "do") not have: "
          + "\(lacking.sorted().prefix(10).joined(separator: ", "))\(lacking.count > 10 ? ", …" : "").",
        remedy: "Give a table with all features of the model, under their names, or the images.")
    }
    return values
  }

  /// `nil` for a feature that was not measured although the image is there.
  private func value(_ name: String, of images: [NewCase]) -> Double? {
    if let value = images[0].values[name] { return value }
    guard let part = document.image(of: name) else { return nil }
    guard let image = images.first(where: { $0.part == part }) else { return .nan }
    return image.values[String(name.dropFirst(ImageJoin.prefix(part).count))]
  }
}

extension ModelDocument {
  /// The image that a feature is of, where the images of a patient stand side by side.
  package func image(of feature: String) -> ImagePart? {
    images?.filter { feature.hasPrefix(ImageJoin.prefix($0)) }
      .max { ImageJoin.prefix($0).count < ImageJoin.prefix($1).count }
  }
}
