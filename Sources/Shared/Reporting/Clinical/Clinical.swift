import Statistics

extension StudyReport {
  /// What clinical columns tell: who the cases are, odds ratios, and the equations of models that use them.
  package struct Clinical: Codable, Equatable, Sendable {
    package var columns: [ClinicalColumn]
    /// Tables of characteristics: by outcome and by site of all cases, by part, by outcome within each part.
    package var characteristics: [Characteristics]
    /// Logistic regressions on the training part; absent without models.
    package var logistic: LogisticTable?
    /// Models with clinical columns or other models' scores; none of Cox models.
    package var equations: [Equation]
    /// Cox regressions on the training part; absent where the outcome is no time.
    package var hazards: HazardTable? = nil
    /// Cox models with clinical columns or other models' scores; absent where the outcome is no time.
    package var hazardEquations: [HazardEquation]? = nil

    private enum CodingKeys: String, CodingKey {
      case columns, characteristics, logistic, equations, hazards
      case hazardEquations = "hazard_equations"
    }
  }

  /// One clinical column.
  package struct ClinicalColumn: Codable, Equatable, Sendable {
    package var name: String
    /// `number`, `skewed number`, `categories` or `ordered categories`.
    package var kind: String
    /// The reference first; empty for numbers.
    package var levels: [String]
    /// Rows of the table without a value.
    package var missing: Int
    /// What models do then.
    package var treatment: String
  }

  /// A table of characteristics.
  package struct Characteristics: Codable, Equatable, Sendable {
    /// `outcome` (`event` of a survival study), `site` or `part`.
    package var by: String
    /// `all`, `training` or `test`: of which cases.
    package var part: String
    package var table: CharacteristicsTable
  }

  /// A logistic model in the units of its predictors.
  package struct Equation: Codable, Equatable, Sendable {
    package var model: String
    package var intercept: Double
    package var terms: [Term]
    /// Of intercept and terms; `nil` where the fit has none.
    @ValueOrNull package var covariance: [[Double]]? = nil
    package var cutoff: Double
    /// The equation as text, with six significant digits.
    package var formula: String
    /// `nil` where a predictor is harmonised, there are more than fifteen, or none changes the risk.
    @ValueOrNull package var nomogram: Nomogram? = nil
    /// What a reader enters for a patient, in the order of the nomogram.
    package var inputs: [Input]
  }

  /// One coefficient.
  package struct Term: Codable, Equatable, Sendable {
    /// As the model names its predictor: `Age`, `Sex=male`, `Rad score`.
    package var predictor: String
    /// Change of the log-odds with one unit, or against the reference level.
    package var coefficient: Double
    @FiniteOrNull package var oddsRatio: Double? = nil
    /// 95 %, by the standard error.
    @FiniteOrNull package var lower: Double? = nil
    @FiniteOrNull package var upper: Double? = nil
    /// Wald; unpenalised and Firth's fits only.
    @FiniteOrNull package var p: Double? = nil

    private enum CodingKeys: String, CodingKey {
      case predictor, coefficient, lower, upper, p
      case oddsRatio = "odds_ratio"
    }
  }

  /// A value that a reader enters.
  package struct Input: Codable, Equatable, Sendable {
    package var name: String
    /// Empty for a number.
    package var levels: [String]
    /// Indices into the terms: of a number its one, of a category that of each level, `nil` for a level without one.
    package var terms: [Int?]
    /// Smallest and largest value of the training part; `nil` for a category.
    @FiniteOrNull package var least: Double? = nil
    @FiniteOrNull package var most: Double? = nil
    /// What stands in for an unknown value: a number, or the place of a level.
    package var typical: Double
  }
}

extension StudyReport {
  /// A Cox model in the units of its predictors.
  package struct HazardEquation: Codable, Equatable, Sendable {
    package var model: String
    /// What is taken from the sum, so that it is the logarithm of the hazard ratio against the means of the training part.
    package var center: Double
    package var terms: [HazardTerm]
    /// Of the terms; `nil` where the fit has none.
    @ValueOrNull package var covariance: [[Double]]? = nil
    /// The equation as text, with six significant digits.
    package var formula: String
    /// What a patient's risk is computed from; absent where a predictor is harmonised, there are more than fifteen, or none changes the
    /// hazard.
    package var risk: PatientRisk? = nil
  }

  /// How a Cox model says the risk of one patient.
  package struct PatientRisk: Codable, Equatable, Sendable {
    /// By one time.
    package struct Horizon: Codable, Equatable, Sendable {
      package var time: Double
      /// `Λ₀`, at a log hazard ratio of 0: the risk is `1 - exp(-Λ₀ e^η)`.
      package var hazard: Double
      /// Of `ln Λ₀`, were the coefficients known.
      package var logVariance: Double
      /// Of each term over the rows at risk: `ln Λ` of a patient has the variance `logVariance + (x - means)ᵀ V (x - means)`.
      package var means: [Double]

      private enum CodingKeys: String, CodingKey {
        case time, means
        case hazard = "cumulative_hazard"
        case logVariance = "log_variance"
      }
    }

    /// What a reader enters for a patient, in the order of the nomogram.
    package var inputs: [Input]
    /// The log hazard ratio from which the group of higher risk begins.
    package var cut: Double
    /// None before the first event.
    package var horizons: [Horizon]
    package var nomogram: HazardNomogram
  }

  /// One coefficient of a Cox model.
  package struct HazardTerm: Codable, Equatable, Sendable {
    /// As the model names its predictor: `Age`, `Sex=male`, `Rad score`.
    package var predictor: String
    /// Change of the log hazard with one unit, or against the reference level.
    package var coefficient: Double
    @FiniteOrNull package var hazardRatio: Double? = nil
    /// 95 %, by the standard error.
    @FiniteOrNull package var lower: Double? = nil
    @FiniteOrNull package var upper: Double? = nil
    /// Wald; unpenalised fits only.
    @FiniteOrNull package var p: Double? = nil

    private enum CodingKeys: String, CodingKey {
      case predictor, coefficient, lower, upper, p
      case hazardRatio = "hazard_ratio"
    }
  }
}
