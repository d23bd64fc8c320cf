// Processor seconds of N4 on one image, the median of some runs, and the corrected image.
// usage: bias-field-benchmark IMAGE CORRECTED SETTINGS-AS-JSON RUNS
import Foundation
import Glibc
import ImageFiles
import ImageFilters
import Volumes

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 4, let runs = Int(arguments[3]), runs > 0 else {
  fatalError("usage: bias-field-benchmark IMAGE CORRECTED SETTINGS-AS-JSON RUNS")
}

let image = try readVolume(at: URL(fileURLWithPath: arguments[0]))
let settings = try JSONDecoder().decode(BiasFieldSettings.self, from: Data(arguments[2].utf8))
var seconds: [Double] = []
for run in 0..<runs {
  let begin = clock()
  let corrected = try image.biasFieldCorrected(settings)
  seconds.append(Double(clock() - begin) / Double(CLOCKS_PER_SEC))
  if run == 0 { try writeVolume(corrected, to: URL(fileURLWithPath: arguments[1])) }
}
print("{\"seconds\": \(seconds.sorted()[runs / 2])}")
