import FileSources
import Foundation
import ImageFiles
import Modelling
import NeuralNet
import RegionPictures
import Reporting
import StatusServer
import Statistics
import StudyPlan
import Verification
import Volumes

/// What is read beside images, settings and tables of cases: heads of images, what readers marked, references, listings of remotes,
/// requests of browsers, and what workers stored.
enum OtherSubjects {
  static let all = [
    FuzzSubject(
      name: "outline",
      seeds: FuzzSeeds.nifti + FuzzSeeds.nrrd + FuzzSeeds.metaImage + FuzzSeeds.png.prefix(1),
      words: FuzzWords.nrrd + FuzzWords.metaImage
    ) { bytes in
      for isWhole in [false, true] {
        do {
          let outline = try ImageOutline(beginning: bytes, isWhole: isWhole)
          _ = outline.map { "\($0)" }
        } catch {
          _ = "\(error)"
        }
      }
    },
    FuzzSubject(
      name: "voxel-parameters",
      seeds: FuzzSeeds.parameters
        + [
          "voxelSetting: {kernelRadius: 2, maskedKernel: true, initValue: .nan, voxelBatch: 1000}\n"
        ].map { Array($0.utf8) },
      words: FuzzWords.parameters + [
        "voxelSetting", "kernelRadius", "maskedKernel", "initValue", "voxelBatch",
      ]
    ) {
      _ = try VoxelParameters(parameterFile: String(decoding: $0, as: UTF8.self))
    },
    FuzzSubject(name: "marks", seeds: marks, words: FuzzWords.columns + ["Reason"]) {
      _ = try ReaderMarks(csv: $0, name: "marks.csv").reasons(for: cases)
    },
    FuzzSubject(name: "clinical", seeds: clinicalTables, words: FuzzWords.columns + ["Age", "Sex", "1,5"]) {
      try clinical.holding($0) { url in
        let table = ClinicalTable(named: url, id: nil, site: nil)
        _ = try table.fields(of: columns, for: [("a", "N"), ("b", "S")])
      }
    },
    FuzzSubject(
      name: "reference", seeds: references,
      words: FuzzWords.columns + ["data", "tag", "feature_tag", "tolerance", "value", "consensus_value"]
    ) { bytes in
      for name in [nil, "A"] {
        let values = try ReferenceTable(bytes, label: "reference.csv").values(of: name)
        for agreed in values.compactMap(\.agreed) {
          for rule in [ReferenceValue.Rule.tolerance, .toleranceOrDigits] {
            _ = (agreed.isMet(by: 1, rule), agreed.isMet(by: .infinity, rule))
          }
        }
      }
    },
    FuzzSubject(name: "listing", seeds: listings, words: ["Path", "Size", "ModTime", "Hashes", "-1", "../"]) {
      let text = String(decoding: $0, as: UTF8.self)
      do {
        _ = try RemoteName(text, environment: [:])?.text
      } catch {
        _ = "\(error)"
      }
      _ = try Rclone.objects(ofListing: text)
    },
    FuzzSubject(
      name: "request", seeds: requests,
      words: [
        "GET ", " HTTP/1.1", "\\x0d\\x0a", "Content-Length: ", "Cookie: ", "Transfer-Encoding: ", "%2F",
      ]
    ) {
      guard case .whole(let request, _) = StatusRequest.read($0) else { return }
      _ = request.announcedBody
      let form = FormFields(request.query)
      for name in ["x", "a", ""] { _ = (form[name], form.verbatim(name), form.number(name)) }
    },
    FuzzSubject(name: "measurements", seeds: measurements, words: ["imageSize", "centre", "null", "1e308"]) {
      let note = try JSONDecoder().decode(PictureFolder.Note.self, from: Data($0))
      let cases = (0..<PictureOddities.fewestCases).map {
        PicturedCase(caseID: "\($0)", site: "N", file: "", measurements: note.measurements)
      }
      _ = PictureOddities.found(in: cases)
    },
    FuzzSubject(name: "facts", seeds: [Array(#"{"Orientation":"LPS","EchoTime":[1,2.5],"Rows":3}"#.utf8)]) {
      let facts = try ImageFacts(json: String(decoding: $0, as: UTF8.self))
      for name in ["Orientation", "EchoTime", "Rows"] {
        _ = (facts.text(name), facts.number(name), facts.numbers(name))
      }
    },
    FuzzSubject(name: "survival", seeds: survival, words: FuzzWords.models) {
      do {
        _ = try CanonicalJSON.encode(CanonicalJSON.decode(StoredSurvivalModel.self, from: $0))
      } catch {
        _ = "\(error)"
      }
      _ = try CanonicalJSON.decode(SurvivalReplicateWireFormat.self, from: $0)
        .replicates(predictorCounts: [3], rowCount: 20)
    },
    FuzzSubject(name: "pictures", seeds: FuzzSeeds.deep, words: FuzzWords.deep) {
      try pictures(String(decoding: $0, as: UTF8.self))
    },
  ]

  // MARK: What a network sees

  /// Settings of deep features, and what the networks of pictures and of volumes would see of a small region.
  private static func pictures(_ text: String) throws {
    let settings = try DeepSettings(overrides: text.split(separator: "\n").map(String.init))
    do {
      let images = try RegionImages(of: image, mask: mask, settings: settings)
      for slice in images.slices.prefix(2) { _ = try images.picture(ofSlice: slice) }
    } catch {
      _ = "\(error)"
    }
    let volume = try RegionVolume(of: image, mask: mask, settings: settings)
    // A larger one takes longer, and reads the same.
    if volume.size.voxelCount <= 1 << 16 { _ = try volume.intensities() }
  }

  private static let grid = GridGeometry(
    size: GridSize(x: 6, y: 5, z: 4), spacingInMillimetres: [1, 0.5, 3])
  private static let image = Volume(geometry: grid, voxels: (0..<120).map { Double($0 * 37 % 101) })
  private static let mask = Mask(geometry: grid, voxels: (0..<120).map { $0 % 7 < 3 && $0 > 20 ? 1 : 0 })

  // MARK: Seeds

  private static func texts(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  private static let clinical = MemoryFile("clinical")
  private static let columns = [
    ClinicalColumn(ClinicalVariable("Age", .number)),
    ClinicalColumn(ClinicalVariable("Sex", .categories(["female", "male"], areOrdered: false))),
  ]
  private static let clinicalTables = texts([
    "ID,Age,Sex\na,50,male\nb,61.5,female\n", "patient_id;Age;Sex\na;50,5;male\nb;;NA\n",
  ])

  private static let cases = ["a", "b", "a"].enumerated().map { number, subject in
    Manifest.Row(
      subject: subject, site: number == 1 ? "S" : "N", image: "\(number).nii", mask: "m\(number).nii")
  }
  private static let marks = texts([
    "ID,Reason\na,blurred\n", "ID;Site;Image;Reason\na;N;0.nii;mask slipped\n",
    "Image,Reason\n1.nii,\"x, y\"\n",
  ])

  private static let references = texts([
    "data,tag,ibsi_code,family,value,tolerance,consensus\nconfig. A,stat_mean,Q4LE,Statistics,13.4,1.1,strong\n"
      + "config. A,ivh_auc,9CMM,IVH,,,\nconfig. A,img_dim_x,,Diagnostics,204,0,\n",
    "filter_id;feature;feature_tag;consensus_value;tolerance\n1.A;Mean;stat_mean;-47;4.6\n8.B;D;stat_qcod;;\n",
  ])

  private static let listings = texts([
    #"[{"Path":"a.nii","Name":"a.nii","Size":12,"ModTime":"2026-01-01T00:00:00Z","IsDir":false,"Hashes":{"md5":"00"}}]"#,
    "s3://bucket/a", "remote:path/b", "[]",
  ])

  private static let requests = texts([
    "GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n",
    "POST /sign-in HTTP/1.0\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\na=b",
    "HEAD / HTTP/1.1\n\n",
  ])

  private static let measurements = texts([
    #"{"site":"N","image":"a.nii","region":"label 1","measurements":{"imageSize":[5,4,3],"spacing":[1,1,2],"#
      + #""orientation":"LPS","dimension":3,"voxels":7,"volume":14,"borders":"RA","centre":[0.5,0.2,0.5],"#
      + #""undefined":0,"minimum":1,"median":2,"mean":2.5,"maximum":4,"shareInAir":0.25}}"#
  ])

  private static let survival = texts([
    #"{"kind":"survival","models":[{"bag":0.5,"coefficients":"AAAAAAAA8D8=","features":"Ag==","name":"Cox","#
      + #""outOfBag":0.5,"outOfBagRows":"AQ==","training":1}],"number":0}"#,
    #"{"coefficients":[1],"featureNames":["f"],"fitted":{},"intercept":0,"kind":"survival","name":"Cox","#
      + #""predictions":[{"caseID":1,"linearPredictor":0.5,"part":"test","riskGroup":1,"risks":[0.5]}]}"#,
  ])
}
