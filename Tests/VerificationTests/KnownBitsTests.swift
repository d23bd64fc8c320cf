import DelimitedText
import Extraction
import ImageFilters
import Radiomics
import StudyPlan
import Testing

@testable import Verification

@Suite struct `Known bits` {
  private func features(_ values: [Double]) -> ExtractedFeatures {
    ExtractedFeatures(
      names: ["original_a", "original_b", "square_a"], values: values,
      diagnostics: .init(voxels: 1, warnings: []))
  }

  /// Python: `hashlib.sha256(b"original_a\0" + struct.pack("<d", 1.5) + b"original_b\0" + struct.pack("<d", math.nan)).hexdigest()`,
  /// `hashlib.sha256(b"square_a\0" + struct.pack("<d", -0.0)).hexdigest()`
  @Test func `are one digest for each image, of names and values`() {
    #expect(
      KnownBits.digests(of: features([1.5, .nan, -0.0])) == [
        .init(
          image: "original", features: 2,
          sha256: "1134c67f6968aaaca050f2ea5f0a2c22b64bac43b6a2c2a58a62056f15144ee9"),
        .init(
          image: "square", features: 1,
          sha256: "c25e5a1079bf6b99c976941689f4a0194f28b6029b2cebf23699538b19337b8e"),
      ])
    // The sign of NaN differs between processors, and says nothing.
    #expect(
      KnownBits.digests(of: features([1.5, -.nan, -0.0]))
        == KnownBits.digests(of: features([1.5, .nan, -0.0])))
  }

  @Test func `differ where the last bit of one value does`() throws {
    let stored = KnownBits.digests(of: features([1.5, 2, 3]))
    let rows = stored.map { ["e", "part", $0.image, "\($0.features)", $0.sha256] }
    let known = try KnownBits(([KnownBits.columns] + rows).map { DelimitedWriter().line($0) }.joined())
    #expect(known.extractor == "e")
    #expect(known.checks(stored, of: "part").map(\.outcome) == [.met, .met])
    let changed = KnownBits.digests(of: features([1.5, 2.0.nextUp, 3]))
    #expect(known.checks(changed, of: "part").map(\.outcome) == [.failed, .met])
    // A feature fewer, an image fewer, an image more.
    #expect(known.checks([changed[1]], of: "part").map(\.outcome) == [.met, .failed])
    #expect(known.checks(stored, of: "another part").map(\.outcome) == [.failed, .failed])
    var renamed = features([1.5, 2, 3])
    renamed.names[2] = "square_c"
    #expect(known.checks(KnownBits.digests(of: renamed), of: "part").map(\.outcome) == [.met, .failed])
  }

  @Test func `are stored for this extractor`() throws {
    let known = try KnownBits(CarriedFile.named("known-bits.csv").text)
    #expect(
      known.extractor == Release.extractor,
      "record them anew: .build/debug/worker verify --record-known-bits Sources/Shared/Verification/Data/known-bits.csv"
    )
  }

  @Test func `are of every type of image and every class`() throws {
    let parameters = try CarriedFile.all.filter { $0.path.hasPrefix("known-bits/") }.map {
      try ExtractionParameters(parameterFile: $0.text)
    }
    let types = Set(parameters.flatMap { $0.images.map(\.type.rawValue) })
    #expect(types == Set(ImageType.allCases.map(\.rawValue)))
    let classes = Set(parameters.flatMap { $0.classes.map(\.featureClass.rawValue) })
    #expect(classes == Set(FeatureClass.allCases.map(\.rawValue)))
    #expect(parameters.contains { $0.ibsi })
  }

  @Test(arguments: ["", "part,image\n", "extractor,part,image,features,sha256\ne,p,i,many,00\n"])
  func `in a table that is none are refused`(text: String) {
    #expect(throws: VerificationError.self) { try KnownBits(text) }
  }
}
