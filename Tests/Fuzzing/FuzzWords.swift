import ImageFilters
import Radiomics

/// Words that libFuzzer puts into inputs: of libFuzzer's dictionaries, so bytes are written `\xAB`.
enum FuzzWords {
  private static let numbers = [
    "1e308", "-1", "1e-320", "nan", "inf", "9223372036854775807", "1e19", ".nan", "0x7f", "1:59", ":59",
  ]

  static let parameters =
    ImageType.allCases.map(\.rawValue) + FeatureClass.allCases.map(\.rawValue) + FilterSettings.names
    + RadiomicsSettings.names + Interpolator.allCases.map(\.rawValue) + WeightingNorm.allCases.map(\.rawValue)
    + [
      "setting:", "imageType:", "featureClass:", "label", "label_channel", "normalize", "normalizeScale",
      "removeOutliers", "resampledPixelSpacing", "interpolator", "padDistance", "preCrop", "resegmentRange",
      "resegmentMode", "resegmentShape", "correctMask", "geometryTolerance", "ibsi", "additionalInfo",
      "relative", "sigma", "absolute", "true", "null", "<<: *a", "&a ",
    ] + numbers

  static let deep =
    [
      "slices", "pooling", "margin", "window", "padding", "masksOutside", "even", "count", "mm", "share",
      "percentiles", "fixed", "minmax", "largest", "all", "mean", "max", "edge", "black",
    ] + numbers

  static let study =
    [
      "study:", "title:", "outcome:", "seed:", "cohort:", "manifest:", "features:", "extraction:", "deep:",
      "split:", "harmonisation:", "cutoff:", "models:", "bootstrap:", "positive", "negative", "table",
      "exclude",
      "prefixes", "two_stage", "outer", "inner", "per_task", "replicates", "name", "sources", "selection",
      "refit", "missing", "ridge", "folds", "rule",
      "lasso", "icc", "mrmr", "variance", "correlation", "combat", "leave-one-site-out", "column", "training",
      "clinical:", "external:", "primary:", "explained:", "controls:", "comparisons:", "robustness:",
      "region:", "ring",
      "marks:",
      "pictures:", "duplicates:", "failure_budget:", "orientation:", "horizons", "event", "time", "unit",
      "scores",
      "cox-score", "lasso-cox", "translation", "rotation", "volume", "noise", "contour", "perturbations",
      "because",
      "ordered", "number", "indicator", "{}", "[]",
    ] + numbers

  static let storedStudy =
    [
      "trainingShare", "leaveOneSiteOut", "column", "deep", "weights", "twoStage", "replicates",
      "outerPerTask",
      "selection", "extraction", "images", "classes", "settings", "handcrafted", "cutoff", "missing",
      "features",
    ] + numbers

  static let columns =
    [
      "ID", "Site", "Image", "Mask", "Outcome", "Label", "Split", "Group", "Repeat", "Label_channel",
      "Segment",
      "Probability", "Model", "\\x22", "\\xEF\\xBB\\xBF", "\\x0d\\x0a", "training", "test", "../", "NA",
    ] + numbers

  static let metaImage =
    [
      "ObjectType = Image", "NDims = ", "DimSize = ", "ElementType = ", "MET_UCHAR", "MET_LONG_LONG",
      "MET_DOUBLE",
      "ElementSpacing = ", "ElementSize = ", "Offset = ", "TransformMatrix = ", "HeaderSize = ",
      "ElementDataFile = ",
      "LOCAL", "CompressedData = True", "CompressedDataSize = ", "BinaryDataByteOrderMSB = True",
      "ElementNumberOfChannels = ",
    ] + numbers

  static let nrrd =
    [
      "NRRD0005", "type: ", "dimension: ", "sizes: ", "spacings: ", "encoding: ", "endian: big",
      "byte skip: ",
      "line skip: ", "data file: ", "space: ", "space dimension: ", "space directions: ", "space origin: ",
      "kinds: ", "none", "gzip", "text", "double", "longlong", "(1,0,0)", "axis mins: ", "\\x0a\\x0a",
    ] + numbers

  static let weights = [
    "dtype", "shape", "data_offsets", "__metadata__", "F16", "BF16", "F64", "I64", "BOOL", "module.",
    "backbone.",
    "conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "0.weight", "fc.bias", "num_batches_tracked",
  ]

  static let models =
    ["harmonisation", "sites", "covariates", "effects", "lasso", "inference", "lambda", "null"] + numbers
}
