// CPU seconds of the texture families of one region in prepared images, after a warm run.
// usage: texture-benchmark IMAGE MASK PROFILE RUNS
import Foundation
import Glibc
import ImageFiles
import ImageFilters
import Radiomics
import StudyPlan
import Volumes

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 4, let profile = ParameterProfile(rawValue: arguments[2]),
  let runs = Int(arguments[3])
else { fatalError("usage: texture-benchmark IMAGE MASK PROFILE RUNS") }

func processorSeconds() -> Double {
  Double(clock()) / Double(CLOCKS_PER_SEC)
}

func preparedImages(_ parameters: ExtractionParameters) throws -> (RegionOfInterest, [Volume]) {
  let image = try readVolume(at: URL(fileURLWithPath: arguments[0]))
  let labels = try readLabelMap(at: URL(fileURLWithPath: arguments[1]))
  let prepared = try PreparedImage(image: image, mask: labels.mask(of: 1))
  var images: [Volume] = []
  for plan in parameters.images {
    try prepared.forEachImage(of: plan.type, settings: plan.filters) { derived in
      if case .image(let volume) = derived.content { images.append(volume) }
    }
  }
  return (try RegionOfInterest(mask: prepared.mask, imageGeometry: image.geometry), images)
}

func run(
  _ region: RegionOfInterest, _ images: [Volume], _ families: [ExtractionParameters.ClassSelection]
) throws -> Double {
  let begin = processorSeconds()
  for image in images {
    let features = try RegionFeatures(image: image, region: region)
    for family in families {
      _ = try features.values(of: family.featureClass, FeatureSelection(names: family.names))
    }
  }
  return processorSeconds() - begin
}

let parameters = try ExtractionParameters(parameterFile: profile.yaml)
let (region, images) = try preparedImages(parameters)
let families = parameters.classes.filter { !$0.featureClass.isShape && $0.featureClass != .firstorder }
_ = try run(region, images, families)
let seconds = try (0..<runs).map { _ in try run(region, images, families) }.sorted()
print("{\"seconds\": \(seconds[runs / 2]), \"images\": \(images.count)}")
