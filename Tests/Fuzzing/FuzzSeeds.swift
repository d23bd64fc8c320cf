import Foundation
import ImageFiles
import ImageFilters
import Modelling
import NeuralNet
import Radiomics
import StudyPlan
import Volumes

/// Small inputs that are well formed, from which mutations start.
enum FuzzSeeds {
  private static func volume(_ type: SampleType) -> Volume {
    let size = GridSize(x: 3, y: 2, z: 2)
    return Volume(
      geometry: GridGeometry(size: size, spacingInMillimetres: [1, 0.5, 2]), sampleType: type,
      voxels: (0..<size.voxelCount).map(Double.init))
  }

  private static func picture(_ type: SampleType) -> Volume {
    let geometry = GridGeometry(size: GridSize(x: 3, y: 2, z: 1), dimension: 2)
    return Volume(geometry: geometry, sampleType: type, voxels: [0, 1, 2, 3, 4, 5])
  }

  private static func made(_ body: () throws -> [[UInt8]]) -> [[UInt8]] {
    do { return try body() } catch { fatalError("the seeds cannot be made: \(error)") }
  }

  static let nifti = made {
    let types: [SampleType] = [.uint8, .int16, .int64, .float32, .float64]
    return try types.map { try encodeNIfTI(volume($0)) }
  }

  static let nrrd: [[UInt8]] = {
    let header = "dimension: 3\nsizes: 2 2 2\nencoding: raw\nendian: little\nspace: left-posterior-superior\n"
    let directions = "space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\n\n"
    return texts([
      "NRRD0004\ntype: uchar\n\(header)\(directions)01010101",
      "NRRD0005\ntype: short\ndimension: 2\nsizes: 2 2\nencoding: text\n\n1 2 3 4\n",
      "NRRD0005\ntype: float\ndimension: 2\nsizes: 2 1\nspacings: 1 nan\nendian: big\nencoding: raw\nbyte skip: -1\n\n01234567",
      "NRRD0004\ntype: uint8\ndimension: 4\nsizes: 2 2 1 2\nkinds: vector domain domain domain\nencoding: raw\n"
        + "data file: a.raw\nline skip: 1\nbyte skip: 2\n\nx\nyz01010101",
      "NRRD0004\ntype: uint8\ndimension: 4\nspace: left-posterior-superior\nsizes: 2 2 1 1\nkinds: list domain domain domain\n"
        + "space directions: none (1,0,0) (0,1,0) (0,0,1)\nencoding: raw\nSegment1_ID:=a\nSegment1_Name:=b\n"
        + "Segment1_Layer:=1\nSegment1_LabelValue:=1\n\n\u{1}\u{0}\u{0}\u{1}",
    ])
  }()

  /// Header and voxels one after the other.
  static let pairs: [[UInt8]] = nifti.map { file in
    var header = Array(file[..<348])
    header.replaceSubrange(344..<348, with: Array("ni1\0".utf8))
    header.replaceSubrange(108..<112, with: [0, 0, 0, 0])
    return header + file[352...]
  }

  static let metaImage = texts([
    "ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementSpacing = 1 0.5 2\nOffset = 1 2 3\n"
      + "TransformMatrix = 0 1 0 -1 0 0 0 0 1\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n01010101",
    "NDims = 2\nDimSize = 2 1\nElementByteOrderMSB = True\nHeaderSize = -1\nElementType = MET_FLOAT\n"
      + "ElementDataFile = a.raw\n\n01234567",
    "ObjectType = Image\nNDims = 2\nDimSize = 2 2\nCompressedData = True\nCompressedDataSize = 12\n"
      + "ElementType = MET_CHAR\nElementDataFile = LOCAL\n",
  ])

  static let png = made {
    try [encodePNG(picture(.uint8)), encodePNG(picture(.uint16))] + otherPictures
  }

  /// Colour, 16 bits with alpha, interlaced, and a palette; stored, so that mutations reach the samples.
  private static var otherPictures: [[UInt8]] {
    let row: (Int) -> [UInt8] = { [1] + [UInt8](repeating: 7, count: $0) }
    return [
      picture(depth: 8, type: 2, interlaced: false, samples: row(6) + row(6)),
      picture(depth: 16, type: 6, interlaced: false, samples: row(16) + row(16)),
      picture(depth: 16, type: 4, interlaced: true, samples: row(4) + row(4) + row(8)),
      picture(depth: 1, type: 0, interlaced: false, samples: row(1) + row(1)),
      picture(depth: 8, type: 3, interlaced: false, samples: row(2) + row(2)),
    ]
  }

  /// A PNG of 2 × 2 pixels; checksums are repaired when it is read.
  private static func picture(depth: UInt8, type: UInt8, interlaced: Bool, samples: [UInt8]) -> [UInt8] {
    func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
      [0, 0, UInt8(body.count >> 8), UInt8(body.count & 255)] + Array(name.utf8) + body + [0, 0, 0, 0]
    }
    let length = UInt8(samples.count)
    let stored: [UInt8] = [0x78, 1, 1, length, 0, ~length, 255] + samples + [0, 0, 0, 0]
    let palette = type == 3 ? chunk("PLTE", [UInt8](repeating: 9, count: 24)) : []
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", [0, 0, 0, 2, 0, 0, 0, 2, depth, type, 0, 0, interlaced ? 1 : 0]) + palette
      + chunk("sCAL", Array("\u{1}0.5\u{0}0.25".utf8)) + chunk("IDAT", stored) + chunk("IEND", [])
  }

  static let gzip = made {
    let stored = try encodeNIfTI(volume(.int16), packing: .stored)
    let packed = try encodeNIfTI(volume(.float32), packing: .deflated(level: 6))
    let empty = try encodeNRRD(volume(.uint8), packing: .stored)
    return [stored, packed, stored + packed, empty, try encodeNRRD(volume(.float64))]
  }

  static let manifests = texts([
    "ID,Site,Image,Mask,Outcome\na,1,i/a.nii,m/a.nii,0\nb,1,i/b.nii,m/b.nii,1\n",
    "participant_id;site;image_path;mask_path;label;split;group;repeat;age\na;x;a.nii;m.nii;2;train;g;;5\n"
      + "\"a\";x;a.nii;n.nii;2;train;g;second;5\n",
  ])

  static let tables = texts([
    "ID,Site,Outcome,f1,f2,t\na,1,0,0.25,NA,x\nb,1,1,0.75,-1e5,y\n",
    "id\tsite\tgroup\tf\tRepeat\nA\t0\tg\t1\t\nA\t0\tg\t2\tr\n",
  ])

  static let batches = texts([
    "Image,Mask,Label,Label_channel\na.nii,m.nii,1,0\nb.nii,m.nii,2.0,3\n",
    "x;image;mask\n;a;b\n\"q\"\"\";c;d\n",
  ])

  static let predictions = texts([
    "ID,Site,Outcome,Probability\na,1,0,0.25\nb,1,1,0.75\n",
    "id;model;outcome;probability\n\"a\";x;1;0.5\n", "subject\toutcome\tprobability\tsplit\nA\t0\t1\ttest\n",
  ])

  static let parameters = texts([
    "imageType:\n  Original: {}\n  LoG: {sigma: [1.0, 2]}\n  Wavelet: {wavelet: coif1, level: 2}\n",
    "setting: {binWidth: 25, resampledPixelSpacing: [1, 1, 1], interpolator: sitkLinear, padDistance: 3}\n",
    "setting:\n  binCount: 32\n  distances: [1, 2]\n  resegmentRange: [-3, 3]\n  weightingNorm: manhattan\n",
    "featureClass: {glcm: [Contrast], shape: }\nimageType: {LBP2D: {lbp2DRadius: 2}, LBP3D: {lbp3DLevels: 3}}\n",
    "setting: {ibsi: true, force2D: true, force2Ddimension: 1, normalize: true, removeOutliers: 3}\n",
    "imageType:\n  IBSIMean: {ibsiMeanSupport: 3, ibsiBoundary: zero}\n  IBSILoG: {ibsiSigma: [1.5], ibsiTruncation: 3}\n"
      + "  IBSILaws: {ibsiLawsKernels: [L5E5E5], ibsiPooling: max, ibsiLawsEnergyDistance: 1}\n",
    "imageType:\n  IBSIGabor: {ibsiSigma: 5.0, ibsiGaborWavelength: 2.0, ibsiGaborAngleStep: 90, ibsiGaborOrthogonalPlanes: true}\n"
      + "  IBSISeparableWavelet: {ibsiWavelet: db3, ibsiWaveletBands: [LLH], ibsiLevels: 2}\n",
    "setting: {ibsiDimensions: 2, ibsiRieszOrder: [1, 0]}\nimageType:\n  IBSINonSeparableWavelet: {ibsiRadialWavelet: shannon}\n"
      + "  IBSIRieszWavelet: {ibsiLevels: [1, 2]}\n  IBSIRieszLoG: {ibsiSigma: 3}\n",
  ])

  static let overrides = texts([
    "binWidth:10\nlabel:2\nsigma:[1,2]\n", "gldm_a:1\nnormalize:true\nibsi:true\n",
  ])

  static let deep = texts([
    "slices:3\npooling:max\n", "margin:{mm: 10}\nwindow:{fixed: [0, 400]}\npadding:edge\n",
  ])

  static let studies = texts([
    "study: a\nmanifest: m.csv\nextraction: mr-1197\nbootstrap: {replicates: 20, per_task: 5}\n",
    "study: b\nfeatures: {table: t.csv, exclude: [age]}\nseed: 7\nsplit: {training: 0.7}\n",
    "study: c\nmanifest: m.csv\ndeep: {weights: random-seed-1, slices: 3}\nsplit: column\nmodels:\n- name: Rad\n"
      + "  sources: [handcrafted]\n  selection: [{spearman: {threshold: 0.9}}, {lasso: {folds: 10, rule: min}}]\n"
      + "  refit: ridge\n",
    "study: d\nfeatures: t.csv\noutcome: {event: DEAD, time: MONTHS, horizons: [12, 24], unit: months}\nsplit: {training: 0.7}\n"
      + "models:\n- name: Cox\n  selection: [{cox-score: {p: 0.05, adjust: bh}}, {lasso-cox: {folds: 5, rule: min}}]\n  refit: none\n",
    "study: e\nmanifest: m.csv\nclinical: {table: c.csv, columns: {Age: number, Pain: {ordered: [none, mild], missing: indicator}}}\n"
      + "models:\n- name: Rad\n  selection: [{lasso: {folds: 5, rule: min}}]\n- name: Both\n  scores: {models: [Rad], folds: 5}\n"
      + "  clinical: [Age, Pain]\nbootstrap: {replicates: 200}\nprimary: {model: Rad}\nduplicates: group\n"
      + "explained:\n- {code: too_good, model: Rad, because: A program drew the lesions into these images.}\n",
    "study: f\nmanifest: m.csv\nregion: {ring: {outer: 5}}\ncontrols: true\ncomparisons: {learners: true}\n"
      + "bootstrap: {replicates: 40}\npictures: true\n"
      + "robustness: {translation: [0, 0.25], rotation: [-5, 5], volume: [-0.1, 0.1], noise: 1, contour: 2}\nmarks: k.csv\n"
      + "external: {manifest: x.csv}\nfailure_budget: {share: 0.1, number: 3}\norientation: lps\nreuse_across_sites: true\n",
  ])

  static let storedStudies = made {
    try studies.map { Array(try submitted(String(decoding: $0, as: UTF8.self)).canonicalJSON.utf8) }
  }

  /// The study of a study file, as a submission stores it: with a digest of the weights.
  static func submitted(_ yaml: String) throws -> Study {
    var study = try StudyFile(yaml: yaml, besides: URL(fileURLWithPath: "/study.yaml")).study
    study.deep?.weights.sha256 = String(repeating: "0", count: 64)
    return study
  }

  static let library = made {
    [
      try CanonicalJSON.encode(FilterSettings()), try CanonicalJSON.encode(PreprocessingSettings()),
      try CanonicalJSON.encode(RadiomicsSettings()), try CanonicalJSON.encode(IBSISettings()),
      try CanonicalJSON.encode(DeepSettings()),
    ]
  }

  static let journals = made { [try JournalFile.seed()] }

  static let weights: [[UInt8]] = {
    let header = Array(
      #"{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"__metadata__":{"x":"y"}}"#.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) }
    return [length + header + [UInt8](repeating: 0, count: 8)]
  }()

  static let models = texts([
    #"{"coefficients":[1.5],"cutoff":0.5,"deviations":[1],"featureNames":["f"],"features":[0],"intercept":-1,"#
      + #""means":[2],"medians":[2],"name":"Rad","steps":[{"name":"lasso","remaining":1}],"warnings":[]}"#,
    #"{"coefficients":[1],"cutoff":0.5,"deviations":[1],"featureNames":["f"],"features":[3],"harmonisation":{"#
      + #""covariates":[{"mean":60,"name":"age"}],"features":[{"deviation":1,"effects":[{"scale":1,"shift":0.5}],"#
      + #""mean":2,"slopes":[0.1]}],"locationOnly":[],"sites":["a"],"unseenSite":"refuse"},"intercept":0,"#
      + #""means":[2],"medians":["nan"],"name":"R","steps":[],"warnings":[{"imputed":{"values":2}}]}"#,
  ])

  static let replicates = texts([
    #"{"models":[{"bag":\#(performance),"coefficients":"AAAAAAAA8D8=","cutoff":0.5,"features":"Ag==","#
      + #""intercept":0,"name":"Rad","outOfBag":\#(performance),"outOfBagProbabilities":"AAAAAAAA4D8=","#
      + #""outOfBagRows":"AQ==","training":\#(performance),"warnings":[]}],"number":1}"#,
    #"{"inner":1,"models":[{"auc":{"apparent":1,"bag":1,"noInformation":0.5,"optimismCorrected":1,"outOfBag":1,"#
      + #""point632":1,"point632Plus":1,"relativeOverfitting":0,"training":1,"weight":0.6},"empty":0,"name":"R","#
      + #""undefined":0}],"number":1}"#,
  ])

  private static let performance =
    #"{"auc":0.5,"brier":0.25,"cases":1,"confusion":{"falseNegatives":0,"falsePositives":1,"trueNegatives":0,"#
    + #""truePositives":1},"error":0.5,"rows":2}"#

  private static func texts(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }
}
