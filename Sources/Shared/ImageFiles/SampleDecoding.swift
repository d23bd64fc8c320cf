import Volumes

/// Number of bytes that `count` samples take.
/// - Throws: `tooLarge` on overflow.
func byteCount(of count: Int, _ type: SampleType) throws(ImageFileError) -> Int {
  let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
  guard !overflow else {
    throw ImageFileError(.tooLarge, "\(count) samples of \(type.rawValue) overflow the address space")
  }
  return bytes
}
