import Digests
import ImageFiles

/// Values of one region as a structured report: Comprehensive 3D SR with the template Imaging Measurement Report (PS3.16, TID 1500) and
/// one group of volumetric measurements (TID 1411), whose region is a segment of a segmentation.
public struct MeasurementReport: Sendable {
  /// One value and what it is.
  public struct Measurement: Sendable {
    /// Of the feature.
    public var name: String
    /// Value, scheme and meaning of the concept; nil where no coding scheme has it, and it goes by its name.
    public var concept: Concept?
    /// Not finite where it could not be computed: the report then leaves it out. The standard has an empty value with the reason for
    /// that, at which highdicom ends.
    public var value: Double
    public var unit: Unit

    public init(name: String, concept: Concept? = nil, value: Double, unit: Unit = .none) {
      (self.name, self.concept, self.value, self.unit) = (name, concept, value, unit)
    }
  }

  /// A code of a scheme.
  public struct Concept: Sendable, Equatable {
    public var value: String
    public var scheme: String
    public var meaning: String

    public init(_ value: String, scheme: String, meaning: String) {
      (self.value, self.scheme, self.meaning) = (value, scheme, meaning)
    }
  }

  /// A unit of the Unified Code for Units of Measure (UCUM).
  public enum Unit: String, Sendable, CaseIterable {
    case none = "1"
    case millimetres = "mm"
    case squareMillimetres = "mm2"
    case cubicMillimetres = "mm3"
    case perMillimetre = "/mm"
    case hounsfield = "[hnsf'U]"
    case becquerelsPerMillilitre = "Bq/ml"
    case bodyWeightUptake = "g/ml{SUVbw}"
    case arbitrary = "[arb'U]"

    var code: Code {
      let meaning =
        switch self {
        case .none: "no units"
        case .hounsfield: "Hounsfield unit"
        case .bodyWeightUptake: "Standardized Uptake Value body weight"
        case .arbitrary: "arbitrary unit"
        default: rawValue
        }
      return Code(rawValue, "UCUM", meaning)
    }
  }

  /// The file.
  public let bytes: [UInt8]
  /// Its SOP Instance UID.
  public let instanceUID: String

  static let sopClass = "1.2.840.10008.5.1.4.1.1.88.34"
  /// Of concepts that no public scheme has: the first twelve hexadecimal digits of the SHA-256 of a feature's name, which is the meaning.
  static let ownScheme = "99TRABECULA"

  /// - Parameters:
  ///   - measurements: in their order.
  ///   - region: what the region is called.
  ///   - segmentation: where its voxels are.
  ///   - source: the image.
  ///   - moment: when it is made.
  ///   - version: of the program that writes it.
  public init(
    _ measurements: [Measurement], region: String, segmentation: WrittenSegmentation, of source: DICOMSource,
    moment: WrittenMoment, version: String
  ) {
    let told = measurements.map { "\($0.name)=\($0.value.bitPattern)" }.joined(separator: "\n")
    let identity = Array(
      "SR \(segmentation.instanceUID) \(version) \(moment.date)\(moment.time)\n\(told)".utf8)
    instanceUID = uniqueIdentifier(of: identity)
    let instanceUID = instanceUID
    let content = Self.content(
      measurements, region: region, segmentation: segmentation, source,
      observer: uniqueIdentifier(of: Array("trabecula \(version)".utf8)),
      tracking: uniqueIdentifier(of: Array("tracking ".utf8) + identity))
    let file = ElementWriter {
      $0.addModules(
        of: source, kind: Self.sopClass, modality: "SR", instance: instanceUID,
        series: uniqueIdentifier(of: Array("series ".utf8) + identity),
        seriesDescription: "Radiomics features",
        number: 901, moment: moment, version: version)
      $0.add(DICOMTag(0x0040, 0xA491), "CS", "COMPLETE")
      $0.add(DICOMTag(0x0040, 0xA493), "CS", "UNVERIFIED")
      $0.add(DICOMTag(0x0008, 0x1111), items: [])
      $0.add(DICOMTag(0x0040, 0xA372), items: [])
      $0.addEvidence(segmentation, source)
      $0.addContainer(Code("126000", "DCM", "Imaging Measurement Report"), template: "1500", content)
    }
    bytes = file.file(sopClass: Self.sopClass, instance: instanceUID)
  }

  private static func content(
    _ measurements: [Measurement], region: String, segmentation: WrittenSegmentation, _ source: DICOMSource,
    observer: String, tracking: String
  ) -> [ElementWriter] {
    let language = Code("121049", "DCM", "Language of Content Item and Descendants")
    let context: [ElementWriter] = [
      .code("HAS CONCEPT MOD", language, Code("en", "RFC5646", "English")),
      .code("HAS OBS CONTEXT", Code("121005", "DCM", "Observer Type"), Code("121007", "DCM", "Device")),
      .uid("HAS OBS CONTEXT", Code("121012", "DCM", "Device Observer UID"), observer),
      .text("HAS OBS CONTEXT", Code("121013", "DCM", "Device Observer Name"), "Trabecula"),
      .code(
        "HAS CONCEPT MOD", Code("121058", "DCM", "Procedure reported"),
        Code("363679005", "SCT", "Imaging procedure")),
    ]
    let segment = ElementWriter {
      $0.addItem("CONTAINS", "IMAGE", Code("121191", "DCM", "Referenced Segment"))
      $0.add(
        DICOMTag(0x0008, 0x1199),
        items: [
          ElementWriter {
            $0.addReference(kind: WrittenSegmentation.sopClass, instance: segmentation.instanceUID)
            $0.add(.referencedSegmentNumber, shorts: [1])
          }
        ])
    }
    let group: [ElementWriter] =
      [
        .text(
          "HAS OBS CONTEXT", Code("112039", "DCM", "Tracking Identifier"), plainText(region, atMost: 1024)),
        .uid("HAS OBS CONTEXT", Code("112040", "DCM", "Tracking Unique Identifier"), tracking),
        segment,
        .uid(
          "CONTAINS", Code("121232", "DCM", "Source series for segmentation"),
          source.facts.seriesInstanceUID),
      ] + measurements.filter(\.value.isFinite).map(\.item)
    let measured = ElementWriter {
      $0.add(DICOMTag(0x0040, 0xA010), "CS", "CONTAINS")
      $0.addContainer(Code("125007", "DCM", "Measurement Group"), template: "1411", group)
    }
    let all = ElementWriter {
      $0.add(DICOMTag(0x0040, 0xA010), "CS", "CONTAINS")
      $0.addContainer(Code("126010", "DCM", "Imaging Measurements"), template: nil, [measured])
    }
    return context + [all]
  }
}

extension MeasurementReport.Measurement {
  /// What it is: by a public code, or by its name.
  private var code: Code {
    if let concept { return Code(concept.value, concept.scheme, concept.meaning) }
    let digest = sha256(of: Array(name.utf8)).hexadecimal
    return Code(String(digest.prefix(12)), MeasurementReport.ownScheme, plainText(name, atMost: 64))
  }

  fileprivate var item: ElementWriter {
    ElementWriter {
      $0.addItem("CONTAINS", "NUM", code)
      $0.add(
        DICOMTag(0x0040, 0xA300),
        items: [
          ElementWriter {
            $0.add(DICOMTag(0x0040, 0xA30A), decimals: [value])
            // All digits of the value, which text of 16 characters may not hold.
            $0.add(DICOMTag(0x0040, 0xA161), doubles: [value])
            $0.add(DICOMTag(0x0040, 0x08EA), code: unit.code)
          }
        ])
      guard concept != nil else { return }
      // The name in PyRadiomics' way, by which the value is known in tables.
      $0.add(
        DICOMTag(0x0040, 0xA730),
        items: [
          .text("HAS CONCEPT MOD", Code("111001", "DCM", "Algorithm Name"), plainText(name, atMost: 1024))
        ])
    }
  }
}

extension ElementWriter {
  fileprivate mutating func addItem(_ relation: String?, _ type: String, _ concept: Code) {
    if let relation { add(DICOMTag(0x0040, 0xA010), "CS", relation) }
    add(DICOMTag(0x0040, 0xA040), "CS", type)
    add(DICOMTag(0x0040, 0xA043), code: concept)
  }

  fileprivate mutating func addContainer(_ concept: Code, template: String?, _ content: [ElementWriter]) {
    addItem(nil, "CONTAINER", concept)
    add(DICOMTag(0x0040, 0xA050), "CS", "SEPARATE")
    if let template {
      add(
        DICOMTag(0x0040, 0xA504),
        items: [
          ElementWriter {
            $0.add(DICOMTag(0x0008, 0x0105), "CS", "DCMR")
            $0.add(DICOMTag(0x0040, 0xDB00), "CS", template)
          }
        ])
    }
    add(DICOMTag(0x0040, 0xA730), items: content)
  }

  fileprivate static func code(_ relation: String, _ concept: Code, _ value: Code) -> ElementWriter {
    ElementWriter {
      $0.addItem(relation, "CODE", concept)
      $0.add(DICOMTag(0x0040, 0xA168), code: value)
    }
  }

  fileprivate static func text(_ relation: String, _ concept: Code, _ value: String) -> ElementWriter {
    ElementWriter {
      $0.addItem(relation, "TEXT", concept)
      $0.add(DICOMTag(0x0040, 0xA160), "UT", value)
    }
  }

  fileprivate static func uid(_ relation: String, _ concept: Code, _ value: String) -> ElementWriter {
    ElementWriter {
      $0.addItem(relation, "UIDREF", concept)
      $0.add(DICOMTag(0x0040, 0xA124), "UI", value)
    }
  }

  /// Every object that the report names (PS3.3, C.17.2.3).
  fileprivate mutating func addEvidence(_ segmentation: WrittenSegmentation, _ source: DICOMSource) {
    let instance = ElementWriter {
      $0.addReference(kind: WrittenSegmentation.sopClass, instance: segmentation.instanceUID)
    }
    let series = ElementWriter {
      $0.add(.seriesInstanceUID, "UI", segmentation.seriesUID)
      $0.add(DICOMTag(0x0008, 0x1199), items: [instance])
    }
    add(
      DICOMTag(0x0040, 0xA375),
      items: [
        ElementWriter {
          $0.add(.studyInstanceUID, "UI", source.facts.studyInstanceUID)
          $0.add(DICOMTag(0x0008, 0x1115), items: [series])
        }
      ])
  }
}
