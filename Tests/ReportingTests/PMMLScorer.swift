import Foundation
import FoundationXML
import Testing

/// A small reader of PMML regression models: fields, derived z-scores, the table of category 1.
final class PMMLScorer: NSObject, XMLParserDelegate {
  private(set) var version = ""
  private(set) var normalization = ""
  private(set) var positive = ""
  private(set) var fields: [String] = []
  private(set) var replacements: [Double] = []
  private(set) var intercept = Double.nan
  private(set) var header = ""
  private var coefficients: [(field: String, value: Double)] = []
  /// For each derived field its source and the constants in their order.
  private var derived: [String: (source: String, constants: [Double])] = [:]
  private var current: String?
  private var text = ""
  private var functions: [String] = []

  init(_ data: Data) throws {
    super.init()
    let parser = XMLParser(data: data)
    parser.delegate = self
    try #require(parser.parse(), "the document is not well-formed")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    text = ""
    switch name {
    case "PMML": version = attributes["version"] ?? ""
    case "Header": header = attributes["description"] ?? ""
    case "DataField": fields.append(attributes["name"] ?? "")
    case "DerivedField":
      current = attributes["name"]
      functions = []
    case "Apply": functions.append(attributes["function"] ?? "")
    case "FieldRef": if let current { derived[current] = (attributes["field"] ?? "", []) }
    case "RegressionModel": normalization = attributes["normalizationMethod"] ?? ""
    case "MiningField":
      if let value = attributes["missingValueReplacement"].flatMap(Double.init) { replacements.append(value) }
    case "RegressionTable" where attributes["targetCategory"] == "1":
      positive = "1"
      intercept = Double(attributes["intercept"] ?? "") ?? .nan
    case "NumericPredictor":
      coefficients.append((attributes["name"] ?? "", Double(attributes["coefficient"] ?? "") ?? .nan))
    default: break
    }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?)
  {
    if name == "Constant", let current, let value = Double(text) { derived[current]?.constants.append(value) }
    if name == "DerivedField" {
      // The nesting that the writer promises: (field - first) / second.
      if functions != ["/", "-"] { derived[current ?? ""] = nil }
      current = nil
    }
  }

  /// Probability of category 1 of a case whose fields are given by name.
  func probability(_ value: (String) -> Double?) throws -> Double {
    var score = intercept
    for (field, coefficient) in coefficients {
      let (source, constants) = try #require(derived[field])
      try #require(constants.count == 2)
      score += coefficient * ((try #require(value(source)) - constants[0]) / constants[1])
    }
    return 1 / (1 + exp(-score))
  }
}
