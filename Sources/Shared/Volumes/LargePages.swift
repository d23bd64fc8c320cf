import Glibc

/// Asks the system to back fresh memory with large pages, as far as they lie wholly in it.
///
/// Handing out four-kilobyte pages one fault at a time costs more than writing to them: 13 MB of voxels take
/// 4.4 ms of faults, in pages of two megabytes 0.7 ms. It is advice: where the system has no large pages nothing changes.
@unsafe package func adviseLargePages(_ buffer: UnsafeMutableRawBufferPointer) {
  let page = 1 << 21
  guard let start = buffer.baseAddress, buffer.count >= page else { return }
  let first = (UInt(bitPattern: start) + UInt(page - 1)) & ~UInt(page - 1)
  let end = (UInt(bitPattern: start) + UInt(buffer.count)) & ~UInt(page - 1)
  guard first < end else { return }
  _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_HUGEPAGE)
}
