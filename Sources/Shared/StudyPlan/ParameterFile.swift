import Foundation
import ImageFilters
import Radiomics
import Yams

extension ExtractionParameters {
  /// Reads a PyRadiomics parameter file (YAML, or JSON, which is YAML too) and overrides single settings.
  ///
  /// - Parameter overrides: `KEY:VALUE` of the command line; they also override settings of image types.
  /// - Throws: `StudyError` that names the key; an unknown one is never ignored.
  package init(parameterFile text: String?, overrides: [String] = []) throws(StudyError) {
    let node = try text.map { (text) throws(StudyError) in try compose(text, or: "The parameter file") }
    try self.init(node: node ?? [:], at: "", overrides: overrides)
  }

  /// Reads the sections `setting`, `imageType` and `featureClass` of a node.
  init(node: Node, at path: String, overrides: [String] = []) throws(StudyError) {
    let sections = try StrictMapping(
      node, at: path, known: ["setting", "imageType", "featureClass", "voxelSetting"])
    // It changes nothing here, as in PyRadiomics: one file serves features of regions and maps.
    _ = try sections.node("voxelSetting").map { (node) throws(StudyError) in
      try VoxelSettings(node, at: sections.place("voxelSetting"))
    }
    let extra = try ParameterSettings(overrides: overrides)
    let general = try ParameterSettings(sections.node("setting"), at: sections.place("setting")).merging(
      extra)
    self.init()
    label = UInt32(try general.integer("label", in: 1...Int(UInt32.max)) ?? 1)
    labelChannel = try general.integer("label_channel", in: 0...3) ?? 0
    suv = try general.boolean("suv") == true ? true : nil
    preprocessing = try general.decoded(PreprocessingSettings.self) { try $0.validate() }
    features = try general.decoded(RadiomicsSettings.self) { try $0.validate() }
    images = try Self.images(sections, general, extra)
    try general.requireSettingsOfIBSI(knownTo: images.map(\.type))
    classes = try Self.classes(sections)
    ibsi = try general.boolean("ibsi") ?? false
    additionalInfo = try general.boolean("additionalInfo") ?? true
    try ibsi ? checkIBSI(sections) : checkNotIBSI()
  }

  private func checkIBSI(_ sections: StrictMapping) throws(StudyError) {
    guard sections.filled("featureClass") == nil else {
      throw StudyError(
        .badValue,
        "featureClass lists PyRadiomics' classes; with ibsi: true all families are computed. Remove one.")
    }
    for plan in images {
      do throws(RadiomicsError) {
        _ = try plan.settingsOfIBSI(after: preprocessing)
      } catch {
        throw StudyError(.badValue, "ibsi: true: \(error)")
      }
    }
  }

  /// Refuses settings that would be without effect.
  private func checkNotIBSI() throws(StudyError) {
    guard images.contains(where: { $0.ibsi != nil }) else { return }
    throw StudyError(
      .badValue,
      "\(IBSIChoices.names.joined(separator: ", ")) are settings of IBSI's features; add ibsi: true, or remove them."
    )
  }

  private static func images(
    _ sections: StrictMapping, _ general: ParameterSettings, _ extra: ParameterSettings
  ) throws(StudyError) -> [ImagePlan] {
    guard let node = sections.filled("imageType") else {
      return [try plan(.original, general)]
    }
    let path = sections.place("imageType")
    let section = try StrictMapping(node, at: path, known: ImageType.allCases.map(\.rawValue))
    var images: [ImagePlan] = []
    for type in ImageType.allCases where section.has(type.rawValue) {
      let own = try ParameterSettings(section.node(type.rawValue), at: section.place(type.rawValue))
      try own.requireSettingsOfIBSI(knownTo: [type])
      images.append(try plan(type, general.merging(own).merging(extra)))
    }
    return images
  }

  private static func plan(_ type: ImageType, _ settings: ParameterSettings) throws(StudyError) -> ImagePlan {
    let choices = try settings.decoded(IBSIChoices.self) { _ in }
    let plan = ImagePlan(
      type,
      filters: try settings.withoutSettingsOfIBSI(foreignTo: type).decoded(FilterSettings.self) {
        try $0.validate()
      },
      features: try settings.decoded(RadiomicsSettings.self) { try $0.validate() },
      ibsi: choices.isEmpty ? nil : choices)
    if let missing = plan.filters.filter(of: type).missingSetting {
      throw StudyError(.missingKey, "imageType.\(type.rawValue) \(missing)")
    }
    return plan
  }

  private static func classes(_ sections: StrictMapping) throws(StudyError) -> [ClassSelection] {
    guard let node = sections.filled("featureClass") else {
      return FeatureClass.standard.map { ClassSelection($0) }
    }
    let path = sections.place("featureClass")
    let section = try StrictMapping(node, at: path, known: FeatureClass.allCases.map(\.rawValue))
    var classes: [ClassSelection] = []
    for featureClass in FeatureClass.inOrderOfComputation where section.has(featureClass.rawValue) {
      var names: [String] = []
      for (index, item) in (section.items(featureClass.rawValue) ?? []).enumerated() {
        names.append(try item.text(at: "\(section.place(featureClass.rawValue))[\(index)]"))
      }
      let selection = ClassSelection(featureClass, names: names.isEmpty ? nil : names.sorted())
      do throws(RadiomicsError) {
        _ = try FeatureSelection(names: selection.names).resolved(in: featureClass)
      } catch {
        throw StudyError(.badValue, "\(path): \(error)")
      }
      classes.append(selection)
    }
    return classes
  }
}

/// Parses YAML; a syntax error says where.
func compose(_ text: String, or subject: String) throws(StudyError) -> Node {
  try checkBounds(ofYAML: text, subject)
  do {
    guard let node = try Yams.compose(yaml: text) else {
      throw StudyError(.syntax, "\(subject) is empty.")
    }
    try checkScalars(in: node, subject)
    return text.contains("<<") ? try merged(node, subject) : node
  } catch let error as StudyError {
    throw error
  } catch {
    throw StudyError(.syntax, "\(subject) is not valid YAML: \(error)")
  }
}
