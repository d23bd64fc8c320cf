/// A published work that a sentence of the manuscript cites.
package struct Reference: Hashable, Sendable {
  /// As a list of references prints it, without its identifier.
  package var text: String
  /// Digital object identifier; `nil` of a work that has none.
  package var doi: String?

  package init(_ text: String, doi: String? = nil) { (self.text, self.doi) = (text, doi) }

  /// `Youden WJ. Index for rating diagnostic tests. Cancer 1950;3:32-35. doi:10.…`
  package var line: String { text + (doi.map { " doi:\($0)" } ?? "") }
}

// MARK: Features and their harmonisation

extension Reference {
  package static let pyRadiomics = Self(
    "van Griethuysen JJM, Fedorov A, Parmar C, et al. Computational radiomics system to decode the radiographic "
      + "phenotype. Cancer Res 2017;77:e104–e107.", doi: "10.1158/0008-5472.CAN-17-0339")
  package static let ibsi = Self(
    "Zwanenburg A, Vallières M, Abdalah MA, et al. The Image Biomarker Standardization Initiative: standardized "
      + "quantitative radiomics for high-throughput image-based phenotyping. Radiology 2020;295:328–338.",
    doi: "10.1148/radiol.2020191145")
  package static let resNet = Self(
    "He K, Zhang X, Ren S, Sun J. Deep residual learning for image recognition. IEEE Conf Comput Vis Pattern "
      + "Recognit 2016;770–778.", doi: "10.1109/CVPR.2016.90")
  package static let biasField = Self(
    "Tustison NJ, Avants BB, Cook PA, et al. N4ITK: improved N3 bias correction. IEEE Trans Med Imaging "
      + "2010;29:1310–1320.", doi: "10.1109/TMI.2010.2046908")
  package static let combat = Self(
    "Johnson WE, Li C, Rabinovic A. Adjusting batch effects in microarray expression data using empirical Bayes "
      + "methods. Biostatistics 2007;8:118–127.", doi: "10.1093/biostatistics/kxj037")
  package static let combatOfImages = Self(
    "Fortin JP, Cullen N, Sheline YI, et al. Harmonization of cortical thickness measurements across scanners and "
      + "sites. NeuroImage 2018;167:104–120.", doi: "10.1016/j.neuroimage.2017.11.024")
}

// MARK: Selection and fit

extension Reference {
  package static let intraclass = Self(
    "Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater reliability. Psychol Bull "
      + "1979;86:420–428.", doi: "10.1037/0033-2909.86.2.420")
  package static let mannWhitney = Self(
    "Mann HB, Whitney DR. On a test of whether one of two random variables is stochastically larger than the "
      + "other. Ann Math Stat 1947;18:50–60.", doi: "10.1214/aoms/1177730491")
  package static let minimumRedundancy = Self(
    "Peng H, Long F, Ding C. Feature selection based on mutual information: criteria of max-dependency, "
      + "max-relevance, and min-redundancy. IEEE Trans Pattern Anal Mach Intell 2005;27:1226–1238.",
    doi: "10.1109/TPAMI.2005.159")
  package static let lasso = Self(
    "Tibshirani R. Regression shrinkage and selection via the lasso. J R Stat Soc B 1996;58:267–288.",
    doi: "10.1111/j.2517-6161.1996.tb02080.x")
  package static let elasticNet = Self(
    "Zou H, Hastie T. Regularization and variable selection via the elastic net. J R Stat Soc B 2005;67:301–320.",
    doi: "10.1111/j.1467-9868.2005.00503.x")
  package static let coordinateDescent = Self(
    "Friedman J, Hastie T, Tibshirani R. Regularization paths for generalized linear models via coordinate "
      + "descent. J Stat Softw 2010;33(1):1–22.", doi: "10.18637/jss.v033.i01")
  package static let ridge = Self(
    "le Cessie S, van Houwelingen JC. Ridge estimators in logistic regression. J R Stat Soc C 1992;41:191–201.",
    doi: "10.2307/2347628")
  package static let firth = Self(
    "Firth D. Bias reduction of maximum likelihood estimates. Biometrika 1993;80:27–38.",
    doi: "10.1093/biomet/80.1.27")
  package static let youden = Self(
    "Youden WJ. Index for rating diagnostic tests. Cancer 1950;3:32–35.",
    doi: "10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3")
}

// MARK: Evaluation

extension Reference {
  package static let deLong = Self(
    "DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or more correlated receiver operating "
      + "characteristic curves: a nonparametric approach. Biometrics 1988;44:837–845.", doi: "10.2307/2531595"
  )
  package static let midranks = Self(
    "Sun X, Xu W. Fast implementation of DeLong’s algorithm for comparing the areas under correlated receiver "
      + "operating characteristic curves. IEEE Signal Process Lett 2014;21:1389–1393.",
    doi: "10.1109/LSP.2014.2337313")
  package static let clusteredCurves = Self(
    "Obuchowski NA. Nonparametric analysis of clustered ROC curve data. Biometrics 1997;53:567–578.",
    doi: "10.2307/2533958")
  package static let wilson = Self(
    "Wilson EB. Probable inference, the law of succession, and statistical inference. J Am Stat Assoc "
      + "1927;22:209–212.", doi: "10.1080/01621459.1927.10502953")
  /// Without a DOI.
  package static let holm = Self(
    "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65–70.")
  package static let recalibration = Self(
    "Cox DR. Two further applications of a model for binary regression. Biometrika 1958;45:562–565.",
    doi: "10.1093/biomet/45.3-4.562")
  package static let decisionCurves = Self(
    "Vickers AJ, Elkin EB. Decision curve analysis: a novel method for evaluating prediction models. Med Decis "
      + "Making 2006;26:565–574.", doi: "10.1177/0272989X06295361")
  package static let bootstrap632 = Self(
    "Efron B, Tibshirani R. Improvements on cross-validation: the .632+ bootstrap method. J Am Stat Assoc "
      + "1997;92:548–560.", doi: "10.1080/01621459.1997.10474007")
  package static let twoStage = Self(
    "Noma H, Shinozaki T, Iba K, Teramukai S, Furukawa TA. Confidence intervals of prediction accuracy measures "
      + "for multivariable prediction models based on the bootstrap-based optimism correction methods. Stat Med "
      + "2021;40:5691–5701.", doi: "10.1002/sim.9148")
  package static let correctedResampled = Self(
    "Nadeau C, Bengio Y. Inference for the generalization error. Mach Learn 2003;52:239–281.",
    doi: "10.1023/A:1024068626366")
  package static let pooling = Self(
    "Hartung J, Knapp G. A refined method for the meta-analysis of controlled clinical trials with binary outcome. "
      + "Stat Med 2001;20:3875–3889.", doi: "10.1002/sim.1009")
  package static let poolingOfModels = Self(
    "Debray TPA, Damen JAAG, Snell KIE, et al. A guide to systematic review and meta-analysis of prediction model "
      + "performance. BMJ 2017;356:i6460.", doi: "10.1136/bmj.i6460")
}

// MARK: Times to an event

extension Reference {
  package static let proportionalHazards = Self(
    "Cox DR. Regression models and life-tables. J R Stat Soc B 1972;34:187–220.",
    doi: "10.1111/j.2517-6161.1972.tb00899.x")
  package static let ties = Self(
    "Efron B. The efficiency of Cox’s likelihood function for censored data. J Am Stat Assoc 1977;72:557–565.",
    doi: "10.1080/01621459.1977.10480613")
  package static let lassoOfHazards = Self(
    "Tibshirani R. The lasso method for variable selection in the Cox model. Stat Med 1997;16:385–395.",
    doi: "10.1002/(SICI)1097-0258(19970228)16:4<385::AID-SIM380>3.0.CO;2-3")
  package static let coordinateDescentOfHazards = Self(
    "Simon N, Friedman J, Hastie T, Tibshirani R. Regularization paths for Cox’s proportional hazards model via "
      + "coordinate descent. J Stat Softw 2011;39(5):1–13.", doi: "10.18637/jss.v039.i05")
  package static let ridgeOfHazards = Self(
    "Verweij PJM, van Houwelingen HC. Penalized likelihood in Cox regression. Stat Med 1994;13:2427–2436.",
    doi: "10.1002/sim.4780132307")
  package static let harrell = Self(
    "Harrell FE, Lee KL, Mark DB. Multivariable prognostic models: issues in developing models, evaluating assumptions "
      + "and adequacy, and measuring and reducing errors. Stat Med 1996;15:361–387.",
    doi: "10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4")
  package static let uno = Self(
    "Uno H, Cai T, Pencina MJ, D’Agostino RB, Wei LJ. On the C-statistics for evaluating overall adequacy of risk "
      + "prediction procedures with censored survival data. Stat Med 2011;30:1105–1117.",
    doi: "10.1002/sim.4154")
  package static let areaAtTime = Self(
    "Uno H, Cai T, Tian L, Wei LJ. Evaluating prediction rules for t-year survivors with censored regression models. "
      + "J Am Stat Assoc 2007;102:527–537.", doi: "10.1198/016214507000000149")
  package static let brierAtTime = Self(
    "Graf E, Schmoor C, Sauerbrei W, Schumacher M. Assessment and comparison of prognostic classification schemes for "
      + "survival data. Stat Med 1999;18:2529–2545.",
    doi: "10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5")
  package static let kaplanMeier = Self(
    "Kaplan EL, Meier P. Nonparametric estimation from incomplete observations. J Am Stat Assoc 1958;53:457–481.",
    doi: "10.1080/01621459.1958.10501452")
  /// Without a DOI.
  package static let logRank = Self(
    "Mantel N. Evaluation of survival data and two new rank order statistics arising in its consideration. Cancer "
      + "Chemother Rep 1966;50:163–170.")
  package static let followUp = Self(
    "Schemper M, Smith TL. A note on quantifying follow-up in studies of failure time. Control Clin Trials "
      + "1996;17:343–346.", doi: "10.1016/0197-2456(96)00075-X")
}
