import Foundation
import Modelling
import StudyPlan

extension ModelDocument {
  /// The model as PMML 4.4 (Data Mining Group): a `RegressionModel` with logit link over derived z-scores.
  ///
  /// Field `Outcome` is the target with the values `0` and `1`; the outputs are `probability_0`, `probability_1` and
  /// `call`, which is 1 from the cut-off on. A missing value takes the training median.
  /// - Throws: `StudyTaskError` for a harmonised model, whose values another program would have to harmonise first, for one of other
  ///   models' scores, and for one with categories or indicators of missing values.
  package func pmml() throws(StudyTaskError) -> Data {
    guard harmonisation == nil else {
      throw StudyTaskError(
        code: "harmonised-model",
        sentence: "Model \(name) harmonises its features by ComBat, for which PMML has no element.",
        remedy: "Export it as JSON, which holds the parameters of every site.")
    }
    try refuseSurvival(
      "is not written as PMML", remedy: "Export it as JSON, which holds coefficients and baseline hazard.")
    try requirePlainPredictors()
    let parts = [opening, dictionary, transformations, model]
    return Data((parts.flatMap(\.self) + ["</PMML>", ""]).joined(separator: "\n").utf8)
  }

  /// A number under its own name is all that the fields written here can say.
  private func requirePlainPredictors() throws(StudyTaskError) {
    guard !features.contains(where: { $0.kind == .score }) else {
      throw StudyTaskError(
        code: "combined-model",
        sentence: "Model \(name) has other models' scores as predictors, which are not written as PMML.",
        remedy:
          "Export it as JSON, which holds the models below whole; coordinator predict computes their scores.")
    }
    let numbers = Set((clinical ?? []).filter { $0.levels == nil }.map(\.name))
    let others = features.filter { $0.kind == .clinical && !numbers.contains($0.name) }.map(\.name)
    guard others.isEmpty else {
      throw StudyTaskError(
        code: "categories",
        sentence:
          "Model \(name) has indicators of levels or of missing values (\(others.prefix(5).joined(separator: ", "))), which are not "
          + "written as PMML.",
        remedy: "Export it as JSON, which holds the clinical columns with their levels.")
    }
  }

  private var opening: [String] {
    [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<PMML xmlns=\"http://www.dmg.org/PMML-4_4\" version=\"4.4\">",
      "  <Header description=\(quoted("\(name) of \(study): \(outcome)"))>",
      "    <Extension name=\"feature_set_sha256\" value=\(quoted(featureSetDigest))/>",
      "    <Extension name=\"job_key\" value=\(quoted(jobKey))/>",
      "    <Extension name=\"cutoff\" value=\"\(cutoff)\"/>",
      "    <Application name=\"Trabecula\" version=\(quoted(software.trabecula))/>",
      "  </Header>",
    ]
  }

  private var dictionary: [String] {
    ["  <DataDictionary numberOfFields=\"\(features.count + 1)\">"]
      + features.map {
        "    <DataField name=\(quoted($0.name)) optype=\"continuous\" dataType=\"double\"/>"
      } + [
        "    <DataField name=\"Outcome\" optype=\"categorical\" dataType=\"string\">",
        "      <Value value=\"0\"/>", "      <Value value=\"1\"/>", "    </DataField>", "  </DataDictionary>",
      ]
  }

  /// `(value - mean) / sd`, under the feature's name with `z_` before it.
  private var transformations: [String] {
    guard !features.isEmpty else { return [] }
    return ["  <TransformationDictionary>"]
      + features.flatMap { feature in
        [
          "    <DerivedField name=\(quoted("z_" + feature.name)) optype=\"continuous\" dataType=\"double\">",
          "      <Apply function=\"/\">", "        <Apply function=\"-\">",
          "          <FieldRef field=\(quoted(feature.name))/>",
          "          <Constant dataType=\"double\">\(feature.mean)</Constant>", "        </Apply>",
          "        <Constant dataType=\"double\">\(feature.standardDeviation)</Constant>", "      </Apply>",
          "    </DerivedField>",
        ]
      } + ["  </TransformationDictionary>"]
  }

  private var model: [String] {
    [
      "  <RegressionModel modelName=\(quoted(name)) functionName=\"classification\" "
        + "algorithmName=\"logistic regression\" normalizationMethod=\"logit\" targetFieldName=\"Outcome\">",
      "    <MiningSchema>",
    ]
      + features.map {
        "      <MiningField name=\(quoted($0.name)) usageType=\"active\" "
          + "missingValueReplacement=\"\($0.median)\" missingValueTreatment=\"asMedian\"/>"
      } + ["      <MiningField name=\"Outcome\" usageType=\"target\"/>", "    </MiningSchema>"] + output
      + ["    <RegressionTable targetCategory=\"1\" intercept=\"\(intercept)\">"]
      + features.map {
        "      <NumericPredictor name=\(quoted("z_" + $0.name)) exponent=\"1\" "
          + "coefficient=\"\($0.coefficient)\"/>"
      } + [
        "    </RegressionTable>", "    <RegressionTable targetCategory=\"0\" intercept=\"0\"/>",
        "  </RegressionModel>",
      ]
  }

  private var output: [String] {
    ["    <Output>"]
      + ["0", "1"].map {
        "      <OutputField name=\"probability_\($0)\" optype=\"continuous\" dataType=\"double\" "
          + "feature=\"probability\" value=\"\($0)\"/>"
      } + [
        "      <OutputField name=\"call\" optype=\"categorical\" dataType=\"integer\" "
          + "feature=\"transformedValue\">",
        "        <Apply function=\"if\">", "          <Apply function=\"greaterOrEqual\">",
        "            <FieldRef field=\"probability_1\"/>",
        "            <Constant dataType=\"double\">\(cutoff)</Constant>", "          </Apply>",
        "          <Constant dataType=\"integer\">1</Constant>",
        "          <Constant dataType=\"integer\">0</Constant>", "        </Apply>", "      </OutputField>",
        "    </Output>",
      ]
  }

  /// Text as a quoted attribute of XML; control characters, which XML cannot hold, become spaces.
  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.properties.generalCategory == .control: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
