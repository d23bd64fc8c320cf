import Foundation
import ImageFiles
import ImageFilters
import Radiomics
import Volumes

let files = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0) }
let mask = try readLabelMap(at: files[1]).mask(of: 1)
let prepared = try PreparedImage(image: readVolume(at: files[0]), mask: mask)
let region = try RegionOfInterest(mask: prepared.mask, imageGeometry: prepared.image.geometry)
let features = try RegionFeatures(image: prepared.image, region: region)
for featureClass in FeatureClass.standard {
  for feature in try features.values(of: featureClass) {
    print("original_\(featureClass.rawValue)_\(feature.name): \(feature.value)")
  }
}
