// Reads one DICOM series and says what it found, how long it took and how much memory, as one line of JSON.
// usage: series-benchmark [--suv] [-o FILE] FOLDER|FILE
//   -o FILE  also writes the values, as float64 of this machine, x varying fastest
// Bad input: the code and the sentence on standard error, exit status 65.
import DICOMFiles
import Digests
import Foundation
import Glibc
import ImageFiles
import Volumes

struct Found: Encodable {
  var type: String
  var size: [Int]
  var spacing: [Double]
  var origin: [Double]
  var directions: [[Double]]
  var warnings: [String]
  var sha256: String
  var seconds: Double
  /// Largest resident memory of the process, in MiB.
  var memory: Double
}

func numbers(_ vector: SIMD3<Double>) -> [Double] { [vector.x, vector.y, vector.z] }

func largestMemory() -> Double {
  var usage = rusage()
  guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
  return Double(usage.ru_maxrss) / 1024
}

func read(_ path: String, _ scale: DICOMValueScale) throws(ImageFileError) -> (DICOMImage, Found) {
  let clock = ContinuousClock()
  let begin = clock.now
  let series = try DICOMSeries(at: URL(fileURLWithPath: path))
  let digest = series.sha256.hexadecimal
  let image = try series.image(scale: scale)
  let geometry = image.volume.geometry
  let found = Found(
    type: image.volume.sampleType.rawValue, size: [geometry.size.x, geometry.size.y, geometry.size.z],
    spacing: numbers(geometry.spacingInMillimetres), origin: numbers(geometry.originInMillimetres),
    directions: geometry.directions.map(numbers), warnings: image.warnings, sha256: digest,
    seconds: (clock.now - begin) / .seconds(1), memory: largestMemory())
  return (image, found)
}

func write(_ voxels: [Double], to path: String) -> Bool {
  guard let file = unsafe fopen(path, "wb") else { return false }
  let written = unsafe voxels.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
  return unsafe fclose(file) == 0 && written == voxels.count * 8
}

var arguments = Array(CommandLine.arguments.dropFirst())
var scale = DICOMValueScale.stored
if arguments.first == "--suv" {
  scale = .suv
  arguments.removeFirst()
}
var output: String?
if arguments.count == 3, arguments[0] == "-o" {
  output = arguments[1]
  arguments.removeFirst(2)
}
guard arguments.count == 1 else { fatalError("usage: series-benchmark [--suv] [-o FILE] FOLDER|FILE") }

do throws(ImageFileError) {
  let (image, found) = try read(arguments[0], scale)
  guard let line = try? JSONEncoder().encode(found) else { fatalError("numbers are numbers") }
  print(String(decoding: line, as: UTF8.self))
  if let output, !write(image.volume.voxels, to: output) { fatalError("cannot write \(output)") }
} catch {
  FileHandle.standardError.write(Data("\(error.code.rawValue): \(error)\n".utf8))
  exit(65)
}
